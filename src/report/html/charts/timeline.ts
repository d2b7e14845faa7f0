/** The charts over time: rates, queries in flight, response times; with rolls and faults as bands. */
import type { EventType, RunEvent } from '../../../measure/record/events.ts';
import type { ActionSummary, TimeBucket } from '../../../measure/summary/summary.ts';
import { explained } from '../../facts.ts';
import type { ReportInput } from '../../input.ts';
import { clip } from '../../plain.ts';
import { type Axis, type Band, type ChartSpec, type Mark, type Series, wantsLogarithm } from './spec.ts';

/** Colours for clusters repeat after this many. */
const CLUSTER_COLOURS = 8;

type Point = readonly [number, number | null];

function timeAxis({ summary }: ReportInput, title = ''): Axis {
  const last = summary.timeline.buckets.at(-1);
  const end = last === undefined ? 0 : last.startMs + summary.timeline.bucketMs;
  return { title, format: 'moment', min: 0, max: Math.max(end, 1) };
}

/** Values stand in the middle of their bucket. */
function series(input: ReportInput, value: (bucket: TimeBucket) => number | null): Point[] {
  const { bucketMs, buckets } = input.summary.timeline;
  return buckets.map((bucket) => [bucket.startMs + bucketMs / 2, value(bucket)]);
}

/** Faults that no action of the timeline explains. */
function faultBands({ summary, events }: ReportInput): Band[] {
  const starts = events.filter((event) => event.type === 'fault-started' && !explained(summary, event));
  return starts.map((start) => {
    const finish = events.find(
      (e) => e.type === 'fault-finished' && e.atUs >= start.atUs && e.cluster === start.cluster,
    );
    const to = finish === undefined ? summary.durationMs : finish.atUs / 1000;
    return { from: start.atUs / 1000, to, part: clip(start.text, 40), colour: 'fault' };
  });
}

/** What a fleet was waiting for until the event came. */
const WAITING: Readonly<Partial<Record<EventType, string>>> = {
  'cluster-up': 'start',
  'cluster-healthy': 'checks',
  'cluster-activated': 'switch',
  'cluster-deactivated': 'switch',
  'cluster-drained': 'drain',
  'cluster-stopped': 'stop',
};

/** The steps of an action as stretches of its band, from one step's end to the next. */
function partsOf(action: ActionSummary, events: readonly RunEvent[]): Band[] {
  const parts: Band[] = [];
  let from = action.startMs;
  for (const event of events) {
    const part = action.kind === 'kill' && event.type === 'cluster-up' ? 'down' : WAITING[event.type];
    if (event.action !== action.action || part === undefined) continue;
    const to = event.atUs / 1000;
    parts.push({ from, to, part, colour: action.kind, faint: parts.length % 2 === 1 });
    from = to;
  }
  if (from < action.endMs)
    parts.push({ from, to: action.endMs, colour: action.kind, faint: parts.length % 2 === 1 });
  return parts;
}

/** The shaded stretches: the steps of each action, and other faults. */
function shades(input: ReportInput): Band[] {
  const { summary, events } = input;
  return [...summary.actions.flatMap((action) => partsOf(action, events)), ...faultBands(input)];
}

/** The names over the plot, with a bar as long as what they name. */
function titles(input: ReportInput): Band[] {
  const whole = input.summary.actions.map((action): Band => {
    const title = `${action.action + 1} · ${clip(action.title, 40)}`;
    return { from: action.startMs, to: action.endMs, title, colour: action.kind };
  });
  return [...whole, ...faultBands(input).map(({ part, ...band }) => ({ ...band, title: part ?? 'fault' }))];
}

function kills(events: readonly RunEvent[]): Mark[] {
  return events
    .filter((event) => event.type === 'cluster-killed' || event.type === 'gateway-lost')
    .map((event) => ({ at: event.atUs / 1000, colour: 'kill' }));
}

/** Queries sent and finished a second, and drops as marks. */
export function rateChart(input: ReportInput): ChartSpec {
  const seconds = input.summary.timeline.bucketMs / 1000;
  const dropped = series(input, (b) => b.drops / seconds).filter(([, y]) => y !== null && y > 0);
  const all: Series[] = [
    { name: 'sent', colour: 'quiet', shape: 'dashed', points: series(input, (b) => b.sent / seconds) },
    { name: 'finished', colour: 'first', shape: 'line', points: series(input, (b) => b.finished / seconds) },
    { name: 'dropped', colour: 'drop', shape: 'marks', points: dropped },
  ];
  return {
    id: 'rate',
    title: 'Queries per second',
    x: timeAxis(input),
    y: { title: 'queries/s', format: 'rate', min: 0 },
    series: all,
    bands: [...titles(input), ...shades(input)],
    marks: kills(input.events),
    group: 'time',
  };
}

/** Every cluster that had a query in flight, in the fleet's order; '' (not admitted yet) first. */
export function clustersInFlight({ info, summary }: ReportInput): string[] {
  const seen = new Set(summary.timeline.buckets.flatMap((bucket) => Object.keys(bucket.inFlight)));
  const known = ['', ...info.clusters.map((cluster) => cluster.name)];
  return [
    ...known.filter((name) => seen.has(name)),
    ...[...seen].filter((name) => !known.includes(name)).sort(),
  ];
}

/** Queries in flight, stacked by the cluster that ran them. */
export function inFlightChart(input: ReportInput): ChartSpec {
  const all = clustersInFlight(input).map((name, i): Series => {
    const points = series(input, (bucket) => bucket.inFlight[name] ?? 0);
    return name === ''
      ? { name: 'not admitted yet', colour: 'quiet', shape: 'area', points }
      : { name: clip(name, 40), colour: `cluster-${i % CLUSTER_COLOURS}`, shape: 'area', points };
  });
  return {
    id: 'in-flight',
    title: 'In flight, by cluster',
    x: timeAxis(input),
    y: { title: 'queries', format: 'count', min: 0, stacked: true },
    series: all,
    bands: shades(input).map(unnamed),
    marks: kills(input.events),
    group: 'time',
  };
}

/** Median, 95th percentile and maximum of response time of the queries that ended in each bucket. */
export function responseChart(input: ReportInput): ChartSpec {
  const { buckets } = input.summary.timeline;
  const logarithmic = wantsLogarithm(buckets.flatMap((b) => [b.p50Ms, b.p95Ms, b.maxMs ?? null]));
  return {
    id: 'response',
    title: 'Response time of queries as they end',
    x: timeAxis(input, 'time since the run’s origin'),
    y: { title: 'response time', format: 'ms', logarithmic, ...(logarithmic ? {} : { min: 0 }) },
    series: [
      {
        ...{ name: 'slowest', colour: 'quiet', shape: 'dashed' },
        points: series(input, (bucket) => bucket.maxMs ?? null),
      },
      { name: 'p95', colour: 'second', shape: 'line', points: series(input, (bucket) => bucket.p95Ms) },
      { name: 'median', colour: 'first', shape: 'line', points: series(input, (bucket) => bucket.p50Ms) },
    ],
    bands: shades(input).map(unnamed),
    marks: kills(input.events),
    group: 'time',
  };
}

function unnamed({ from, to, colour, faint }: Band): Band {
  return { from, to, colour, faint: faint ?? false };
}
