/** The load that is planned for: busy slots over the dump, the peak, and who asks. */
import { formatCount, formatShare } from '../../../base/units.ts';
import { DASH, decimal, ms } from '../../../report/format.ts';
import { type ChartSpec, figure, type Series } from '../../../report/html/charts/spec.ts';
import { details, table } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import type { LoadSummary, StudyRecord } from '../../study/record.ts';
import type { StudySectionBuilder } from '../section.ts';
import { zonedStamp } from '../zoned.ts';

export const load: StudySectionBuilder = (record) => {
  const { dump, growth, loads, scale, timeZone } = record;
  const told = (ms: number | null) => (ms === null ? '?' : zonedStamp(new Date(ms).toISOString(), timeZone));
  const chart = busyChart(record);
  return {
    id: 'load',
    title: 'The load',
    charts: [chart],
    body: html`${loadTable(record)}
${figure(chart, 'One line for each group; the peak is shaded.', quarterTable(record))}
<p class="footnote">From ${told(dump.firstAtMs)} to ${told(dump.lastAtMs)}, ${formatCount(dump.accepted)} queries${scale === 1 ? '' : `, times ${scale}`}. ${growth === null ? 'Growth cannot be read from it: two weeks are needed.' : `Growth of all daily work, weekday by weekday (each group’s own stands in the table): ${formatShare(growth.perDay)} a day (${formatShare(growth.low)} to ${formatShare(growth.high)}).`}</p>
${loads.map((l) => details(`Who asks in ${l.group} (${l.mix.length} sources)`, mixTable(l)))}`,
  };
};

function loadTable({ loads, scale, timeZone }: StudyRecord) {
  return table<LoadSummary>({
    caption: 'Load by group',
    rows: loads,
    columns: [
      { head: 'Group', cell: (l) => l.group },
      { head: 'Queries', numeric: true, cell: (l) => formatCount(l.queries * scale) },
      { head: 'Peak begins', wraps: 'short', cell: (l) => zonedStamp(l.peakAt, timeZone) },
      { head: 'Peak rate', numeric: true, cell: (l) => `${decimal(l.peak.perSecond * scale)}/s` },
      { head: 'Busy slots', numeric: true, cell: (l) => decimal(l.peak.busySlots * scale) },
      { head: 'Mean run time', numeric: true, cell: (l) => ms(l.meanServiceMs) },
      { head: 'Spread (CV²)', numeric: true, cell: (l) => decimal(l.serviceScv) },
      { head: 'Burstiness', numeric: true, cell: (l) => decimal(l.burstiness) },
      {
        head: 'Growth a day',
        wraps: 'short',
        cell: (l) =>
          l.growth
            ? `${formatShare(l.growth.perDay)} (${formatShare(l.growth.low)} to ${formatShare(l.growth.high)})`
            : DASH,
      },
    ],
  });
}

function busyChart({ loads, scale }: StudyRecord): ChartSpec {
  const series = loads.map(
    (l, i): Series => ({
      ...{ name: l.group, colour: `cluster-${i % 8}`, shape: 'line' },
      points: l.quarters.map((q) => [q.atMs, q.busySlots * scale]),
    }),
  );
  return {
    id: 'busy-slots',
    title: 'Slots kept busy, by quarter of an hour',
    x: { title: 'time since the dump’s first minute', format: 'moment', min: 0 },
    y: { title: 'busy slots', format: 'count', min: 0 },
    series,
    bands: loads.map((l, i) => ({
      ...{ from: l.peak.fromMs, to: l.peak.toMs, colour: `cluster-${i % 8}`, faint: true },
    })),
  };
}

function quarterTable({ loads, scale, timeZone }: StudyRecord) {
  const rows = loads.flatMap((l) =>
    [...l.quarters]
      .sort((a, b) => b.busySlots - a.busySlots)
      .slice(0, 12)
      .map((q) => ({ ...q, group: l.group, at: beginOf(l) + q.atMs })),
  );
  return table({
    caption: 'The busiest quarters of each group',
    rows,
    columns: [
      { head: 'Group', cell: (r) => r.group },
      { head: 'Begins', cell: (r) => zonedStamp(new Date(r.at).toISOString(), timeZone) },
      { head: 'Arrivals', numeric: true, cell: (r) => `${decimal(r.perSecond * scale)}/s` },
      { head: 'Busy slots', numeric: true, cell: (r) => decimal(r.busySlots * scale) },
    ],
  });
}

/** The dump's first minute, milliseconds since the epoch. */
const beginOf = ({ peak, peakAt }: LoadSummary) => Date.parse(peakAt) - peak.fromMs;

function mixTable(l: LoadSummary) {
  const work = l.mix.reduce((sum, m) => sum + m.work, 0);
  return table({
    caption: `Sources of ${l.group}`,
    rows: l.mix,
    sortable: true,
    columns: [
      { head: 'Source', cell: (m) => (m.source === '' ? '(none)' : m.source) },
      { head: 'Queries', numeric: true, cell: (m) => formatCount(m.queries), sortBy: (m) => m.queries },
      {
        head: 'Share of the work',
        numeric: true,
        cell: (m) => formatShare(m.work / work),
        sortBy: (m) => m.work,
      },
    ],
  });
}
