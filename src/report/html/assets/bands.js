/* Chart.js plugins of the report: shaded bands with labels, dashed marks, and a pointer line shared by charts. */

const LABEL_ROW = 14;

/** The text cut to a width, '' when not even a few characters fit. */
function fitted(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  for (let n = text.length - 1; n > 2; n--) {
    const cut = `${text.slice(0, n).trimEnd()}…`;
    if (ctx.measureText(cut).width <= width) return cut;
  }
  return '';
}

function shade(chart, band, colour) {
  const { ctx, chartArea: area, scales } = chart;
  const left = Math.max(scales.x.getPixelForValue(band.from), area.left);
  const right = Math.min(scales.x.getPixelForValue(band.to), area.right);
  if (right < area.left || left > area.right) return;
  ctx.fillStyle = colour(band.colour);
  ctx.globalAlpha = band.faint ? 0.05 : 0.11;
  ctx.fillRect(left, area.top, Math.max(right - left, 1), area.bottom - area.top);
  ctx.globalAlpha = 1;
}

/** Labels of whole bands in the upper row: each may use the room up to the next one. */
function labelBands(chart, bands, colour, ink) {
  const { ctx, chartArea: area, scales } = chart;
  const labelled = bands.filter((band) => band.title).sort((a, b) => a.from - b.from);
  ctx.font = '600 11px system-ui, sans-serif';
  ctx.textBaseline = 'middle';
  labelled.forEach((band, i) => {
    const left = Math.max(scales.x.getPixelForValue(band.from), area.left);
    const next = labelled[i + 1];
    const limit = next ? scales.x.getPixelForValue(next.from) : area.right + 12;
    ctx.fillStyle = colour(band.colour);
    ctx.fillRect(left, area.top - 4, Math.max(scales.x.getPixelForValue(band.to) - left, 2), 4);
    ctx.fillStyle = ink;
    const number = band.title.split(' ')[0];
    ctx.fillText(fitted(ctx, band.title, limit - left - 6) || number, left, area.top - 8 - LABEL_ROW / 2);
  });
}

/** Names of the parts inside the plot, where they fit; two rows in turn keep neighbours apart. */
function labelParts(chart, bands, ink) {
  const { ctx, chartArea: area, scales } = chart;
  ctx.font = '10px system-ui, sans-serif';
  ctx.textBaseline = 'top';
  ctx.fillStyle = ink;
  for (const band of bands) {
    if (!band.part) continue;
    const left = scales.x.getPixelForValue(band.from) + 3;
    const width = scales.x.getPixelForValue(band.to) - left - 2;
    if (ctx.measureText(band.part).width <= width) ctx.fillText(band.part, left, area.top + 4);
  }
}

function line(ctx, x, area, colour, dash) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, area.top);
  ctx.lineTo(x, area.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawMarks(chart, marks, colour, ink) {
  const { ctx, chartArea: area, scales } = chart;
  let taken = Number.NEGATIVE_INFINITY;
  ctx.font = '11px system-ui, sans-serif';
  ctx.textBaseline = 'middle';
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    const x = scales.x.getPixelForValue(mark.at);
    if (x < area.left - 1 || x > area.right + 1) continue;
    line(ctx, x, area, colour(mark.colour), [4, 3]);
    if (!mark.label) continue;
    const start = Math.max(Math.min(x - ctx.measureText(mark.label).width / 2, area.right - 30), taken);
    ctx.fillStyle = ink;
    ctx.fillText(mark.label, start, area.top - 8);
    taken = start + ctx.measureText(mark.label).width + 8;
  }
}

const bands = {
  id: 'bands',
  beforeDatasetsDraw(chart, _args, options) {
    chart.ctx.save();
    for (const band of options.bands) if (!band.title) shade(chart, band, options.colour);
    chart.ctx.restore();
  },
  afterDatasetsDraw(chart, _args, options) {
    chart.ctx.save();
    labelBands(chart, options.bands, options.colour, options.ink);
    labelParts(chart, options.bands, options.quietInk);
    drawMarks(chart, options.marks, options.colour, options.ink);
    chart.ctx.restore();
  },
};

/** Where the pointer stands, by group of charts, as a value on the shared axis. */
const pointers = new Map();

function redrawGroup(group) {
  for (const chart of Object.values(Chart.instances)) {
    if (chart.options.plugins.pointer.group === group) chart.draw();
  }
}

const pointer = {
  id: 'pointer',
  afterEvent(chart, args, options) {
    if (!options.group) return;
    const inside = args.inChartArea && args.event.type !== 'mouseout';
    const value = inside ? chart.scales.x.getValueForPixel(args.event.x) : undefined;
    if (pointers.get(options.group) === value) return;
    pointers.set(options.group, value);
    redrawGroup(options.group);
  },
  afterDatasetsDraw(chart, _args, options) {
    const value = options.group && pointers.get(options.group);
    if (value === undefined || value === '') return;
    chart.ctx.save();
    line(chart.ctx, chart.scales.x.getPixelForValue(value), chart.chartArea, options.ink, [2, 2]);
    chart.ctx.restore();
  },
};

Chart.register(bands, pointer);
