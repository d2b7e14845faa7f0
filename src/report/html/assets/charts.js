/* Draws the charts of the page from the data block, in the colours of the reader's theme. */

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

const digits = (value) => String(Number(value.toPrecision(3))).replace('-', '\u2212');
const formats = {
  count: (value) => String(Math.round(value * 100) / 100),
  rate: (value) => digits(value),
  nines: (value) => `p${String(Number((100 - 10 ** (2 - value)).toFixed(3)))}`,
  ms(value) {
    const size = Math.abs(value);
    if (size > 0 && size < 0.9995) return `${digits(value * 1000)} µs`;
    if (size < 999.5) return `${digits(value)} ms`;
    return size < 120e3 ? `${digits(value / 1000)} s` : `${digits(value / 60e3)} min`;
  },
  moment(value) {
    const tenths = Math.round(value / 100);
    const seconds = Math.floor(tenths / 10);
    const rest = `${String(seconds % 60).padStart(2, '0')}${tenths % 10 ? `.${tenths % 10}` : ''}`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes}:${rest}`;
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
  },
};

const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = (name) => variable(`--chart-${name}`);

/** Whole steps of a clock, as many as fit. */
function clockTicks(axis) {
  const room = Math.max(Math.floor(axis.width / 64), 2);
  const step = (STEPS_S.find((s) => (axis.max - axis.min) / (s * 1000) <= room) ?? STEPS_S.at(-1)) * 1000;
  axis.ticks = [];
  for (let at = Math.ceil(axis.min / step) * step; at <= axis.max; at += step) axis.ticks.push({ value: at });
}

/** Powers of ten, with 2 and 5 between them while there are few. */
function powerTicks(axis) {
  const decades = Math.log10(axis.max / axis.min);
  const leading = decades > 3.5 ? [1] : decades > 1.8 ? [1, 3] : [1, 2, 5];
  axis.ticks = axis.ticks.filter(({ value }) =>
    leading.includes(Number((value / 10 ** Math.floor(Math.log10(value * 1.0001))).toFixed(3))),
  );
}

function scale(spec, isX, grouped) {
  const named = spec.ticks && new Map(spec.ticks.map(([value, label]) => [value, label]));
  return {
    type: spec.logarithmic ? 'logarithmic' : 'linear',
    ...(isX && spec.format === 'ms'
      ? { suggestedMin: spec.min, suggestedMax: spec.max }
      : { min: spec.min, max: spec.max }),
    stacked: Boolean(spec.stacked),
    grace: isX || spec.logarithmic ? 0 : '6%',
    title: { display: spec.title !== '', text: spec.title, color: variable('--muted'), font: { size: 11 } },
    grid: { color: variable('--grid'), drawTicks: false },
    border: { color: variable('--line') },
    ticks: {
      color: variable('--muted'),
      padding: 6,
      maxRotation: 0,
      autoSkipPadding: 10,
      maxTicksLimit: isX ? undefined : spec.logarithmic ? 10 : 6,
      font: { size: 11 },
      callback: (value) => (named ? named.get(value) : formats[spec.format](value)),
    },
    afterBuildTicks(axis) {
      if (named) axis.ticks = [...named.keys()].map((value) => ({ value }));
      else if (isX && spec.format === 'moment') clockTicks(axis);
      else if (spec.logarithmic) powerTicks(axis);
    },
    afterFit(axis) {
      if (!isX && grouped) axis.width = 72;
    },
  };
}

/** One end of an interval: no line, and from the other end to this one a shade. */
function bound(series, ink) {
  return {
    label: series.name,
    data: series.points.map(([x, y]) => ({ x, y })),
    backgroundColor: `color-mix(in srgb, ${ink} 16%, transparent)`,
    borderWidth: 0,
    pointRadius: 0,
    pointHitRadius: 0,
    fill: series.shape === 'band' ? '-1' : false,
    order: 1,
  };
}

const isBound = (series) => series.shape === 'edge' || series.shape === 'band';

function dataset(series, i) {
  const ink = colour(series.colour);
  if (isBound(series)) return bound(series, ink);
  const marks = series.shape === 'marks';
  const filled = series.shape === 'area' || series.shape === 'steps';
  return {
    label: series.name,
    data: series.points.map(([x, y]) => ({ x, y })),
    borderColor: ink,
    backgroundColor: filled ? `color-mix(in srgb, ${ink} 45%, transparent)` : ink,
    borderWidth: filled ? 1 : 1.75,
    borderDash: series.shape === 'dashed' ? [5, 4] : [],
    showLine: !marks,
    stepped: series.shape === 'steps' ? 'before' : false,
    fill: series.shape === 'steps' ? 'origin' : series.shape === 'area' ? (i === 0 ? 'origin' : '-1') : false,
    pointStyle: marks ? 'crossRot' : 'circle',
    pointRadius: marks ? 5 : series.points.length <= 15 ? 3 : 0,
    pointBorderWidth: marks ? 2 : 1,
    pointHitRadius: 6,
    order: marks ? -1 : 0,
  };
}

function legend(spec) {
  const labels = {
    color: variable('--ink'),
    usePointStyle: true,
    pointStyleWidth: 22,
    boxHeight: 6,
    font: { size: 11 },
  };
  labels.generateLabels = (chart) =>
    Chart.defaults.plugins.legend.labels
      .generateLabels(chart)
      .filter((item) => !isBound(spec.series[item.datasetIndex]))
      .map((item) => ({
        ...item,
        fontColor: variable('--ink'),
        lineWidth: 1.75,
        lineDash: spec.series[item.datasetIndex].shape === 'dashed' ? [4, 3] : [],
        pointStyle: spec.series[item.datasetIndex].shape === 'marks' ? 'crossRot' : filledOrLine(spec, item),
      }));
  return {
    display: spec.series.filter((series) => !isBound(series)).length > 1,
    position: 'bottom',
    align: 'start',
    labels,
  };
}

function filledOrLine(spec, item) {
  return spec.series[item.datasetIndex].shape === 'area' ? 'rect' : 'line';
}

function tooltip(spec) {
  const named = spec.x.ticks && new Map(spec.x.ticks.map(([value, label]) => [value, label]));
  return {
    backgroundColor: variable('--tip'),
    titleColor: variable('--tip-ink'),
    bodyColor: variable('--tip-ink'),
    usePointStyle: true,
    callbacks: {
      title: ([item]) => item && (named?.get(item.parsed.x) ?? formats[spec.x.format](item.parsed.x)),
      label: (item) => ` ${item.dataset.label}: ${formats[spec.y.format](item.parsed.y)}`,
    },
  };
}

function draw(spec) {
  const canvas = document.getElementById(`chart-${spec.id}`);
  if (!canvas) return undefined;
  const bands = spec.bands ?? [];
  const marks = spec.marks ?? [];
  const labelled = [...bands, ...marks].some((item) => item.label || item.title);
  return new Chart(canvas, {
    type: 'line',
    data: { datasets: spec.series.map(dataset) },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      maintainAspectRatio: false,
      layout: { padding: { top: labelled ? 26 : 6, right: 12 } },
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: { x: scale(spec.x, true, false), y: scale(spec.y, false, Boolean(spec.group)) },
      plugins: {
        legend: legend(spec),
        tooltip: tooltip(spec),
        bands: { bands, marks, colour, ink: variable('--ink'), quietInk: variable('--muted') },
        pointer: { group: spec.group ?? '', ink: variable('--muted') },
      },
    },
  });
}

const specs = JSON.parse(document.getElementById('charts').textContent);
let drawn = [];

function redraw() {
  for (const chart of drawn) chart.destroy();
  drawn = specs.map(draw).filter(Boolean);
}

/** Paper is light whatever the screen is. */
function paper(on) {
  if (on) document.documentElement.dataset.theme = 'light';
  else delete document.documentElement.dataset.theme;
  redraw();
}

document.documentElement.classList.add('js');
Chart.defaults.font.family = variable('--font');
redraw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('beforeprint', () => paper(true));
addEventListener('afterprint', () => paper(false));
