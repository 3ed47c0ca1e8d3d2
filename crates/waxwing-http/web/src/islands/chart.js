// Draws a table as a chart: `data-chart="table-id"`. The table stays, as the exact numbers and
// for those who do not see the chart. First column: time (datetime attribute) or a number;
// each further column is a series.
import uPlot from "uplot";

const HUES = ["--slate", "--pine", "--band", "--wax", "--cedar", "--quiet"];

export function startChart(box) {
  const table = document.getElementById(box.dataset.chart);
  if (!(table instanceof HTMLTableElement)) return;
  const { names, columns, isTime } = read(table);
  if (columns[0].length < 2) return;
  let plot;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(options(box, names, columns, isTime), columns, box);
  };
  draw();
  document.addEventListener("waxwing:theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => requestAnimationFrame(() => {
    if (plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: 240 });
  })).observe(box);
}

function read(table) {
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const columns = names.map(() => []);
  let isTime = false;
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((cell, index) => {
      const time = index === 0 ? cell.querySelector("time")?.dateTime : undefined;
      isTime ||= Boolean(time);
      columns[index].push(time ? Date.parse(time) / 1000 : number(cell));
    });
  }
  return { names, columns, isTime };
}

function number(cell) {
  const value = Number(cell.dataset.value ?? cell.textContent.replace(/[^0-9.\-]/g, ""));
  return Number.isFinite(value) ? value : null;
}

/** Days for long spans, hours for short ones, as the reader's language writes them. */
function moments(times) {
  const long = times.at(-1) - times[0] > 2 * 86_400;
  const parts = long ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const format = new Intl.DateTimeFormat(undefined, parts);
  return (seconds) => format.format(new Date(seconds * 1000));
}

function options(box, names, columns, isTime) {
  const style = getComputedStyle(document.documentElement);
  const colour = (token) => style.getPropertyValue(token).trim();
  const when = moments(columns[0]);
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const series = names.slice(1).map((label, index) => ({
    label,
    stroke: colour(HUES[index % HUES.length]),
    width: 2,
    // Lines are told apart by dashes too, not by colour alone.
    dash: index === 0 ? undefined : [8, 3 * index],
    points: { show: false },
    value: (_, value) => (value == null ? "–" : value.toLocaleString()),
  }));
  const values = (_, ticks) => ticks.map((tick) => tick.toLocaleString());
  return {
    width: box.clientWidth,
    height: 240,
    scales: { x: { time: isTime }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.05 : 1] } },
    axes: [isTime ? { ...axis, space: 72, size: 32, values: (_, ticks) => ticks.map(when) } : axis, { ...axis, size: 64, values }],
    series: [{ label: names[0], value: (_, value) => (value == null ? "–" : isTime ? when(value) : value) }, ...series],
  };
}
