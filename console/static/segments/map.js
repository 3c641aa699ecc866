// The map of segments: one point for each row of the table below it. Needs ECharts.
"use strict";

(() => {
  const box = document.getElementById("segment-map");
  const home = document.getElementById("segment-points");
  const MOST = 42;
  const LEAST = 12;
  const SHOWN = 8;
  const WIDEST = 130;
  const GAP = 4;
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
        places.set(place, { name, names: [name], value: [Number(precision), Number(complexity), Number(people)], link: row.querySelector("a").href });
      }
    }
    return [...places.values()];
  }

  const size = (people, crowd) => LEAST + (MOST - LEAST) * Math.sqrt(people / crowd);
  const meet = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];

  // A name stands beside its point where it covers no other point and no other name, the largest first;
  // whose has no room is told by a touch and by the table.
  function labelled(points, crowd) {
    const dots = points.map((point) => {
      const [x, y] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, point.value);
      const half = size(point.value[2], crowd) / 2;
      return [x - half, y - half, x + half, y + half];
    });
    const taken = [];
    const place = (point, dot) => {
      const wide = Math.min(WIDEST, [...point.name].reduce((sum, letter) => sum + (letter > "\u2fff" ? 12 : 7), 4));
      const middle = [(dot[0] + dot[2]) / 2, (dot[1] + dot[3]) / 2];
      const rooms = {
        left: [dot[0] - GAP - wide, middle[1] - 8, dot[0] - 1, middle[1] + 8],
        right: [dot[2] + 1, middle[1] - 8, dot[2] + GAP + wide, middle[1] + 8],
        top: [middle[0] - wide / 2, dot[1] - GAP - 16, middle[0] + wide / 2, dot[1] - 1],
        bottom: [middle[0] - wide / 2, dot[3] + 1, middle[0] + wide / 2, dot[3] + GAP + 16],
      };
      const fits = ([, room]) => room[0] >= 30 && room[2] <= chart.getWidth() && room[1] >= 0 && room[3] <= chart.getHeight() - 40
        && ![...taken, ...dots.filter((other) => other !== dot)].some((other) => meet(room, other));
      const found = Object.entries(rooms).find(fits);
      if (found) taken.push(found[1]);
      return found ? { show: true, position: found[0], distance: GAP } : { show: false };
    };
    const order = points.map((_, number) => number).sort((one, other) => points[other].value[2] - points[one].value[2]);
    const labels = new Map(order.map((number) => [number, place(points[number], dots[number])]));
    return points.map((point, number) => ({ ...point, label: labels.get(number) }));
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
        symbolSize: (value) => size(value[2], crowd),
        itemStyle: { color: main, opacity: 0.6 },
        label: { show: false, formatter: "{b}", color: colour("--tblr-body-color") || "#222222", width: WIDEST, overflow: "truncate" },
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: quiet, opacity: 0.6, type: "dashed" }, data: [{ xAxis: half }, { yAxis: many }] },
      }],
    }, true);
    chart.setOption({ series: [{ data: labelled(points, crowd) }] });
    chart.off("click");
    chart.on("click", ({ data }) => data?.link && location.assign(data.link));
  }

  new MutationObserver(draw).observe(home, { childList: true });
  new ResizeObserver(() => {
    if (!chart) return;
    chart.resize();
    draw(); // there may be room for other names now
  }).observe(box);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  draw(); // the table may have been quicker than this script
})();
