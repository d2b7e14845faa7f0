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
  const seconds = Math.round(value / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** A line chart over the time since the replay began. */
function timeChart(id, lines, format) {
  const axis = (more) => ({
    type: 'linear',
    grid: { color: variable('--grid') },
    ...more,
    ticks: { color: variable('--muted'), ...more.ticks },
  });
  return new Chart(byId(`chart-${id}`), {
    type: 'line',
    data: {
      datasets: lines.map(({ name, colour }) => ({
        label: name,
        data: [],
        borderColor: variable(`--chart-${colour}`),
        borderWidth: 1.5,
        pointRadius: 0,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: axis({ min: 0, ticks: { callback: moment } }),
        y: axis({ min: 0, ticks: { callback: format } }),
      },
      plugins: { legend: { display: lines.length > 1, labels: { color: variable('--ink') } } },
    },
  });
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
  byId('doing').textContent = look.step === '' ? look.phase : `${look.phase} · ${look.step}`;
  byId('share').value = look.leftMs <= 0 ? 1 : look.atMs / (look.atMs + look.leftMs);
  byId('count-ended').textContent = `${look.ended} of ${look.planned}`;
  byId('count-rate').textContent = digits(look.endedPerSecond);
  byId('count-open').textContent = look.open;
  byId('count-p95').textContent = ms(look.p95Ms);
  byId('count-troubled').textContent = look.troubled;
  byId('count-left').textContent = look.leftMs > 0 ? moment(look.leftMs) : 'waiting for the last ones';
  for (const chart of Object.values(charts)) chart.update('none');
}

function tell({ atMs, text }) {
  const line = document.createElement('li');
  for (const [kind, content] of [
    ['at', moment(atMs)],
    ['what', text],
  ]) {
    const part = document.createElement('span');
    part.className = kind;
    part.textContent = content;
    line.append(part);
  }
  byId('events').append(line);
}

const source = new EventSource('events');
source.addEventListener('open', () => {
  byId('state').textContent = 'live';
  byId('events').replaceChildren();
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
source.addEventListener('step', (message) => tell(JSON.parse(message.data)));
source.addEventListener('end', () => {
  source.close();
  byId('state').textContent = 'the replay is over; the report is being made';
});
source.addEventListener('error', () => {
  byId('state').textContent = 'the run does not answer';
});
