// The map of segments: one point for each row of the table below it. Needs ECharts.
"use strict";

(() => {
  const box = document.getElementById("segment-map");
  const home = document.getElementById("segment-points");
  const MOST = 42;
  const LEAST = 12;
  const SHOWN = 8;
  let chart = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const percent = (share) => `${Math.round(share * 100)}%`;

  // Segments that would lie on each other are one point with all their names.
  function read(table) {
    const places = new Map();
    for (const row of table.querySelectorAll("tbody tr")) {
      const { precision, complexity, people } = row.dataset;
      const place = `${Math.round(precision * 50)} ${complexity}`;
      const name = row.querySelector("bdi").textContent;
      const point = places.get(place);
      if (point) {
        point.names.push(name);
        point.name = `${point.names[0]} +${point.names.length - 1}`;
        point.value[2] = Math.max(point.value[2], Number(people));
        point.link = "";
      } else {
        places.set(place, { name, names: [name], value: [Number(precision), Number(complexity), Number(people)], link: row.querySelector("a").href, label: { position: Number(precision) < 0.5 ? "right" : "left" } });
      }
    }
    return [...places.values()];
  }

  function draw() {
    const table = home.querySelector("table");
    box.parentElement.hidden = Boolean(home.querySelector(".empty"));
    if (!table) return;
    const points = read(table);
    const half = Number(table.dataset.half);
    const many = Number(table.dataset.many);
    const quiet = colour("--tblr-secondary") || "#667085";
    const line = colour("--tblr-border-color") || "#dddddd";
    const main = colour("--tblr-primary") || "#0b7a43";
    const crowd = Math.max(1, ...points.map((one) => one.value[2]));
    const top = Math.max(many * 2, ...points.map((one) => one.value[1] + 1));
    const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { show: false }, nameLocation: "middle", nameTextStyle: { color: quiet } };
    chart ??= window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      aria: { enabled: true, label: { description: box.getAttribute("aria-label") } },
      grid: { left: 30, right: 28, top: 16, bottom: 30, containLabel: true },
      tooltip: { renderMode: "richText", confine: true, formatter: ({ data: { names, value } }) => `${names.slice(0, SHOWN).join("\n")}${names.length > SHOWN ? "\n…" : ""}\n${box.dataset.across} ${percent(value[0])} · ${box.dataset.up} ${value[1]}` },
      xAxis: { ...axis, type: "value", min: 0, max: 1, name: `${box.dataset.across} →`, nameGap: 26, axisLabel: { color: quiet, formatter: percent } },
      yAxis: { ...axis, type: "value", min: 0, max: top, minInterval: 1, name: `${box.dataset.up} →`, nameGap: 30, axisLabel: { color: quiet } },
      series: [{
        type: "scatter",
        data: points,
        symbolSize: (value) => LEAST + (MOST - LEAST) * Math.sqrt(value[2] / crowd),
        itemStyle: { color: main, opacity: 0.6 },
        label: { show: true, formatter: "{b}", color: colour("--tblr-body-color") || "#222222", width: 130, overflow: "truncate" },
        labelLayout: { hideOverlap: true },
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: quiet, opacity: 0.6, type: "dashed" }, data: [{ xAxis: half }, { yAxis: many }] },
      }],
    }, true);
    chart.off("click");
    chart.on("click", ({ data }) => data?.link && location.assign(data.link));
  }

  new MutationObserver(draw).observe(home, { childList: true });
  new ResizeObserver(() => chart?.resize()).observe(box);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  draw(); // the table may have been quicker than this script
})();
