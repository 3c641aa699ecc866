// The growth of a segment: a line for its people, bars for who entered and left. Needs ECharts.
"use strict";

(() => {
  const box = document.getElementById("growth");
  const table = document.getElementById("growth-table");
  const buttons = [...document.querySelectorAll("[data-days]")];
  let chart = null;
  let told = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw() {
    if (!told) return;
    const quiet = colour("--tblr-secondary") || "#667085";
    const line = colour("--tblr-border-color") || "#dddddd";
    const main = colour("--tblr-primary") || "#0b7a43";
    chart ??= window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      aria: { enabled: true, label: { description: box.getAttribute("aria-label") } },
      grid: { left: 8, right: 8, top: 34, bottom: 4, containLabel: true },
      legend: { top: 0, textStyle: { color: quiet }, itemHeight: 10 },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      xAxis: { type: "category", data: told.days, axisLabel: { color: quiet, hideOverlap: true, formatter: (day) => day.slice(5) }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
      yAxis: { type: "value", minInterval: 1, axisLabel: { color: quiet }, splitLine: { lineStyle: { color: line } } },
      series: [
        { name: told.words.members, type: "line", data: told.members, showSymbol: told.days.length < 3, smooth: 0.2, lineStyle: { width: 2.5 }, areaStyle: { opacity: 0.08 }, itemStyle: { color: main } },
        { name: told.words.entered, type: "bar", stack: "moved", data: told.entered, itemStyle: { color: "#4a90d9" }, barMaxWidth: 14 },
        { name: told.words.left, type: "bar", stack: "moved", data: told.left.map((one) => -one), itemStyle: { color: "#d98a4a" }, barMaxWidth: 14 },
      ],
    }, true);
  }

  async function show(days) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.days === days));
    const response = await fetch(`${box.dataset.growth}?days=${days}`, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    told = await response.json();
    table.innerHTML = told.table; // made by our own template
    draw();
  }

  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.days));
  new ResizeObserver(() => chart?.resize()).observe(box);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  show("30");
})();
