/* Draws the figures of a run as they come. */

const byId = (id) => document.getElementById(id);
const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const digits = (value) => String(Number(value.toPrecision(3)));
const ms = (value) => {
  if (value === null) return '–';
  if (value < 999.5) return `${digits(value)} ms`;
  return value < 120e3 ? `${digits(value / 1000)} s` : `${digits(value / 60e3)} min`;
};
const moment = (value) => {
  const seconds = Math.round(Math.abs(value) / 1000);
  const sign = value < 0 && seconds > 0 ? '\u2212' : '';
  return `${sign}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Whole steps of a clock, as many as fit. */
function clockTicks(axis) {
  const room = Math.max(Math.floor(axis.width / 64), 2);
  const step = (STEPS_S.find((s) => axis.max / (s * 1000) <= room) ?? STEPS_S.at(-1)) * 1000;
  axis.ticks = Array.from({ length: Math.floor(axis.max / step) + 1 }, (_, i) => ({ value: i * step }));
}

/** What was done to the fleet, as the charts mark it: stretches of actions, and moments of kills. */
const bands = [];
const marks = [];
let lastLookMs = 0;

/** Colours are asked for at each drawing: the reader's theme may change. */
const axis = (more) => ({
  type: 'linear',
  grid: { color: () => variable('--grid') },
  ...more,
  ticks: { color: () => variable('--muted'), ...more.ticks },
});

/** A line chart over the time since the replay began. */
function timeChart(id, lines, format) {
  return new Chart(byId(`chart-${id}`), {
    type: 'line',
    data: {
      datasets: lines.map(({ name, colour }) => ({
        label: name,
        data: [],
        borderColor: () => variable(`--chart-${colour}`),
        backgroundColor: () => variable(`--chart-${colour}`),
        borderWidth: 1.5,
        pointRadius: 0,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      layout: { padding: { top: 26, right: 12 } },
      scales: {
        x: axis({ min: 0, suggestedMax: 10_000, ticks: { callback: moment }, afterBuildTicks: clockTicks }),
        y: axis({ min: 0, ticks: { callback: format } }),
      },
      plugins: {
        bands: bandOptions(),
        legend: { display: lines.length > 1, labels: { color: () => variable('--ink') } },
        tooltip: { callbacks: { title: ([item]) => item && moment(item.parsed.x) } },
      },
    },
  });
}

/** The report's own plugin, with what has come so far; an action that goes on reaches to the last look. */
function bandOptions() {
  const closed = bands.map((band) => ({ ...band, to: band.to ?? Math.max(band.from, lastLookMs) }));
  return {
    bands: [...closed, ...closed.map(({ title: _, ...band }) => band)],
    marks: [...marks],
    colour: (name) => variable(`--chart-${name}`),
    ink: variable('--ink'),
    quietInk: variable('--muted'),
  };
}

document.documentElement.classList.add('js');

const charts = {
  rate: timeChart('rate', [{ name: 'ended', colour: 'first' }], digits),
  open: timeChart('open', [{ name: 'open', colour: 'first' }], digits),
  response: timeChart(
    'response',
    [
      { name: 'p95', colour: 'second' },
      { name: 'median', colour: 'first' },
    ],
    ms,
  ),
};

const redraw = () => {
  for (const chart of Object.values(charts)) {
    chart.options.plugins.bands = bandOptions();
    chart.update('none');
  }
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

function add(chart, at, ...values) {
  values.forEach((value, i) => {
    if (value !== null) chart.data.datasets[i].data.push({ x: at, y: value });
  });
}

function take(look) {
  add(charts.rate, look.atMs, look.endedPerSecond);
  add(charts.open, look.atMs, look.open);
  add(charts.response, look.atMs, look.p95Ms, look.p50Ms);
}

function show(look) {
  lastLookMs = look.atMs;
  byId('doing').textContent = look.step === '' ? look.phase : `${look.phase} · ${look.step}`;
  byId('share').value = shareOf(look);
  byId('count-ended').textContent = `${look.ended} of ${look.planned}`;
  byId('count-rate').textContent = digits(look.endedPerSecond);
  byId('count-open').textContent = look.open;
  byId('count-p95').textContent = ms(look.p95Ms);
  byId('count-troubled').textContent = look.troubled;
  byId('count-left').textContent = left(look);
  redraw();
}

/** By time where the end is known, else by queries. */
function shareOf({ atMs, ended, leftMs, planned }) {
  if (leftMs === null) return planned === 0 ? 0 : ended / planned;
  return leftMs <= 0 ? 1 : atMs / (atMs + leftMs);
}

function left({ leftMs, open, toSend }) {
  if (leftMs !== null && leftMs > 0) return moment(leftMs);
  if (toSend > 0) return `${toSend} to be sent`;
  return open > 0 ? `waiting for the last ${open}` : 'waiting for the timeline';
}

/** When the replay began, from the run's origin; figures count from there, and so does what is shown. */
let zeroMs;
const steps = [];

function tellAll() {
  byId('events').replaceChildren(...steps.map(lineOf));
  bands.length = 0;
  marks.length = 0;
  if (zeroMs !== undefined) for (const step of steps) mark(step, step.atMs - zeroMs);
  redraw();
}

function lineOf({ atMs, text }) {
  const line = document.createElement('li');
  const at = zeroMs === undefined ? '' : moment(atMs - zeroMs);
  for (const [kind, content] of [
    ['at', at],
    ['what', text],
  ]) {
    const part = document.createElement('span');
    part.className = kind;
    part.textContent = content;
    line.append(part);
  }
  return line;
}

function mark({ action, text, type }, at) {
  const open = bands.find((band) => band.action === action && band.to === undefined);
  if (type === 'roll-started' || type === 'fault-started')
    bands.push({
      action,
      from: at,
      to: undefined,
      title: text,
      colour: type.startsWith('roll') ? 'roll' : 'fault',
    });
  else if (/^(?:roll-finished|roll-failed|fault-finished)$/.test(type) && open) open.to = at;
  else if (type === 'cluster-killed' || type === 'gateway-lost') marks.push({ at, colour: 'kill' });
}

const source = new EventSource('events');
source.addEventListener('open', () => {
  byId('state').textContent = 'live';
  steps.length = 0;
  zeroMs = undefined;
  tellAll();
  for (const chart of Object.values(charts)) for (const line of chart.data.datasets) line.data.length = 0;
});
source.addEventListener('history', (message) => {
  const looks = JSON.parse(message.data);
  looks.forEach(take);
  if (looks.length > 0) show(looks.at(-1));
});
source.addEventListener('look', (message) => {
  const look = JSON.parse(message.data);
  take(look);
  show(look);
});
source.addEventListener('zero', (message) => {
  zeroMs = JSON.parse(message.data).atMs;
  tellAll();
});
source.addEventListener('step', (message) => {
  steps.push(JSON.parse(message.data));
  tellAll();
});
source.addEventListener('end', () => {
  source.close();
  byId('state').textContent = 'the replay is over; the report is being made';
});
source.addEventListener('error', () => {
  byId('state').textContent = 'the run does not answer';
});
