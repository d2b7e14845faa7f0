/** The run along one time axis: rates, queries in flight, response times, rolls and faults. */
import { formatCount } from '../../../base/units.ts';
import type { RunEvent } from '../../../measure/record/events.ts';
import type { TimeBucket } from '../../../measure/summary/summary.ts';
import { loadStartMs } from '../../facts.ts';
import { decimal, moment, ms } from '../../format.ts';
import type { ReportInput } from '../../input.ts';
import { figure } from '../charts/spec.ts';
import { clustersInFlight, inFlightChart, rateChart, responseChart } from '../charts/timeline.ts';
import { details, footnote, nothing, type SectionBuilder, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

/** A table of more events than this helps nobody; events.ndjson has them all. */
const MOST_EVENTS = 500;

export const timeline: SectionBuilder = (input) => {
  const { buckets } = input.summary.timeline;
  return {
    id: 'timeline',
    title: 'Time axis',
    body:
      buckets.length === 0 ? html`${nothing('No query was sent.')}${eventLog(input.events)}` : charts(input),
  };
};

function charts(input: ReportInput): Html {
  const { bucketMs, buckets } = input.summary.timeline;
  const most = Math.max(...buckets.map((bucket) => bucket.finished)) / (bucketMs / 1000);
  const drops = buckets.reduce((n, bucket) => n + bucket.drops, 0);
  const legend = input.summary.actions.map(
    (action) =>
      html`<li><span class="number ${action.kind}">${action.action + 1}</span> ${action.title}</li>`,
  );
  return html`<div class="stack">
${figure(rateChart(input), `At most ${decimal(most)} finished a second; ${formatCount(drops)} dropped.`, rateTable(input), 'tall')}
${legend.length > 0 && html`<ul class="legend" aria-label="Shaded bands">${legend}</ul>`}
${figure(inFlightChart(input), 'Stacked areas, one for each cluster.', inFlightTable(input))}
${figure(responseChart(input), responseWords(buckets), responseTable(input))}
</div>
${footnote(`Buckets of ${ms(bucketMs)}. Shaded: rolls, kills and faults with their steps; dashed: the moment of a kill. Response time counts from the intended start, so waiting inside the load generator is in it. A percentile is shown where at least ten queries of its bucket lie beyond it.${zeroNote(input.events)}`)}
${eventLog(input.events)}`;
}

/** The record counts from its own beginning, the scenario from that of the load. */
function zeroNote(events: readonly RunEvent[]): string {
  const startMs = loadStartMs(events);
  if (startMs === undefined) return '';
  return ` Times count from the run’s origin, before clusters and gateway start; the load began at ${moment(startMs)}, and the scenario’s times (at) count from there.`;
}

function responseWords(buckets: readonly TimeBucket[]): string {
  const highest = (of: (bucket: TimeBucket) => number | null | undefined) => {
    const known = buckets.map(of).filter((x) => typeof x === 'number');
    return known.length === 0 ? null : Math.max(...known);
  };
  const p95 = highest((b) => b.p95Ms);
  const slowest = `Slowest query: ${ms(highest((b) => b.maxMs))}`;
  return p95 === null
    ? `${slowest}. No bucket has the 200 queries that a p95 takes.`
    : `${slowest}; highest p95 of a bucket: ${ms(p95)}.`;
}

function rateTable({ summary }: ReportInput): Html {
  return table<TimeBucket>({
    caption: 'Queries by time bucket',
    columns: [
      { head: 'From', cell: (b) => moment(b.startMs) },
      { head: 'Planned', numeric: true, cell: (b) => formatCount(b.planned) },
      { head: 'Sent', numeric: true, cell: (b) => formatCount(b.sent) },
      { head: 'Finished', numeric: true, cell: (b) => formatCount(b.finished) },
      { head: 'Dropped', numeric: true, cell: (b) => formatCount(b.drops) },
    ],
    rows: summary.timeline.buckets,
    rowClass: (b) => (b.drops > 0 ? 'marked' : ''),
  });
}

function inFlightTable(input: ReportInput): Html {
  return table<TimeBucket>({
    caption: 'Queries in flight at the end of each bucket',
    columns: [
      { head: 'From', cell: (b) => moment(b.startMs) },
      ...clustersInFlight(input).map((name) => ({
        head: name === '' ? 'not admitted yet' : name,
        numeric: true,
        cell: (b: TimeBucket) => formatCount(b.inFlight[name] ?? 0),
      })),
    ],
    rows: input.summary.timeline.buckets,
  });
}

function responseTable({ summary }: ReportInput): Html {
  return table<TimeBucket>({
    caption: 'Response time by time bucket',
    columns: [
      { head: 'From', cell: (b) => moment(b.startMs) },
      { head: 'n', numeric: true, cell: (b) => formatCount(b.finished) },
      { head: 'Median', numeric: true, cell: (b) => ms(b.p50Ms) },
      { head: 'p95', numeric: true, cell: (b) => ms(b.p95Ms) },
      { head: 'Slowest', numeric: true, cell: (b) => ms(b.maxMs ?? null) },
    ],
    rows: summary.timeline.buckets,
  });
}

function eventLog(events: readonly RunEvent[]): Html {
  const shown = events.slice(0, MOST_EVENTS);
  const rows = table<RunEvent>({
    caption: 'Events of the run',
    columns: [
      { head: 'When', cell: (event) => moment(event.atUs / 1000) },
      { head: 'Event', code: true, cell: (event) => event.type },
      { head: 'Cluster', code: true, cell: (event) => event.cluster ?? '' },
      { head: 'What', wraps: 'long', cell: (event) => event.text },
      { head: 'Took', numeric: true, cell: (event) => (event.tookMs === undefined ? '' : ms(event.tookMs)) },
    ],
    rows: shown,
  });
  const cut =
    events.length > MOST_EVENTS &&
    footnote(
      `The first ${MOST_EVENTS} of ${formatCount(events.length)}; events.ndjson in the run folder holds all.`,
    );
  return details(`All events (${formatCount(events.length)})`, html`${rows}${cut}`);
}
