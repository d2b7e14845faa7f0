/** Counts while the simulation goes on, in memory that does not grow with the number of queries. */
import { type LogHistogram, logHistogram } from './log-histogram.ts';
import type { OpenQueries } from './queries.ts';
import { SIM_DROPS, type SimDrop, type SimWindow, type Spread, type TallyQuery } from './result.ts';
import type { Stations } from './stations.ts';

export interface Tally {
  arrived: number;
  finished: number;
  rerouted: number;
  resent: number;
  readonly drops: Record<SimDrop, number>;
  readonly judged: { arrived: number; readonly drops: Record<SimDrop, number> };
  readonly response: LogHistogram;
  readonly queued: LogHistogram;
  readonly windows: SimWindow[];
  nextWindowAt(): number;
  endWindow(nowMs: number): void;
  noteArrival(nowMs: number): void;
  noteEnd(query: number, nowMs: number): void;
  noteDrop(query: number, reason: SimDrop, nowMs: number): void;
  bySource(): { readonly source: number; readonly response: Spread }[];
  /** Integral of the number of open queries over time, to now. */
  openTimeMs(nowMs: number): number;
}

export interface TallyOptions {
  readonly pool: OpenQueries;
  readonly stations: Stations;
  readonly clusters: number;
  /** The judged stretch: times are counted of queries that arrive in it. */
  readonly warmUpMs: number;
  readonly judgeToMs: number;
  readonly windowMs: number;
  readonly onEnd?: ((query: TallyQuery) => void) | undefined;
}

/** Clusters whose load stands in the time line. */
const SHOWN_CLUSTERS = 12;
/** Bins of the windows' and sources' histograms are wider: 2 %. */
const COARSE = 0.02;
/** Windows that are kept; later ones are not recorded. */
const MOST_WINDOWS = 20_000;

export function createTally(options: TallyOptions): Tally {
  const { judgeToMs, pool, stations, warmUpMs, windowMs } = options;
  const shown = Math.min(SHOWN_CLUSTERS, options.clusters);
  const response = logHistogram();
  const queued = logHistogram();
  const inWindow = logHistogram(COARSE);
  const sources = new Map<number, LogHistogram>();
  const window = { startMs: 0, endMs: windowMs, arrived: 0, finished: 0, drops: 0 };
  let open = 0;
  let openMs = 0;
  let changedMs = 0;
  const openBy = (by: number, nowMs: number) => {
    openMs += open * (nowMs - changedMs);
    changedMs = nowMs;
    open += by;
  };
  const tell = teller(options);
  const tally: Tally = {
    ...{ arrived: 0, finished: 0, rerouted: 0, resent: 0, response, queued, windows: [] },
    ...{ drops: noDrops(), judged: { arrived: 0, drops: noDrops() } },
    nextWindowAt: () => window.endMs,
    endWindow(nowMs) {
      const { startMs, arrived, finished, drops } = window;
      const p95Ms = inWindow.count === 0 ? null : inWindow.quantile(0.95);
      if (tally.windows.length < MOST_WINDOWS)
        tally.windows.push({ startMs, arrived, finished, drops, p95Ms, open: openOn(stations, shown) });
      Object.assign(window, { startMs: nowMs, endMs: nowMs + windowMs, arrived: 0, finished: 0, drops: 0 });
      inWindow.clear();
    },
    noteArrival(nowMs) {
      tally.arrived++;
      if (nowMs >= warmUpMs && nowMs < judgeToMs) tally.judged.arrived++;
      window.arrived++;
      openBy(1, nowMs);
    },
    noteEnd(query, nowMs) {
      tally.finished++;
      window.finished++;
      openBy(-1, nowMs);
      const arrivedMs = pool.arrivedMs[query] as number;
      const tookMs = nowMs - arrivedMs;
      tell(query, nowMs, false);
      inWindow.add(tookMs);
      if (arrivedMs < warmUpMs || arrivedMs >= judgeToMs) return;
      response.add(tookMs);
      queued.add((pool.startedMs[query] as number) - arrivedMs);
      const source = pool.source[query] as number;
      const histogram = sources.get(source) ?? logHistogram(COARSE);
      if (histogram.count === 0) sources.set(source, histogram);
      histogram.add(tookMs);
    },
    noteDrop(query, reason, nowMs) {
      tell(query, nowMs, true);
      tally.drops[reason]++;
      if (nowMs >= warmUpMs && (pool.arrivedMs[query] as number) < judgeToMs) tally.judged.drops[reason]++;
      window.drops++;
      openBy(-1, nowMs);
    },
    bySource: () =>
      [...sources]
        .sort(([a], [b]) => a - b)
        .map(([source, histogram]) => ({ source, response: spreadOf(histogram) })),
    openTimeMs(nowMs) {
      openBy(0, nowMs);
      return openMs;
    },
  };
  return tally;
}

const noDrops = () => Object.fromEntries(SIM_DROPS.map((d) => [d, 0])) as Record<SimDrop, number>;

export function spreadOf(histogram: LogHistogram): Spread {
  return {
    n: histogram.count,
    mean: histogram.mean,
    p50: histogram.quantile(0.5),
    p95: histogram.quantile(0.95),
    p99: histogram.quantile(0.99),
    max: histogram.max,
  };
}

function openOn({ running, waiting }: Stations, clusters: number): number[] {
  return Array.from({ length: clusters }, (_, c) => (running[c] ?? 0) + (waiting[c] ?? 0));
}

/** Tells of a query at its end, where somebody listens. */
function teller({ onEnd, pool }: TallyOptions): (query: number, endedMs: number, dropped: boolean) => void {
  if (onEnd === undefined) return () => {};
  return (query, endedMs, dropped) => {
    const arrivedMs = pool.arrivedMs[query] as number;
    const queuedMs = (dropped ? endedMs : (pool.startedMs[query] as number)) - arrivedMs;
    onEnd({ arrivedMs, endedMs, queuedMs, dropped, cluster: pool.cluster[query] as number });
  };
}
