/** Queries that were begun before a moment and run on: without them a simulation would begin with idle clusters. */
import { lowerBound, type Workload } from './workload.ts';

const BLOCK = 512;

interface Ends {
  readonly serviceScale: number;
  /** When the last query of each block ends, milliseconds since the dump's start. */
  readonly latest: Float64Array;
}

const known = new WeakMap<Workload, Ends>();

/** Places of the queries that run at `atMs`, by their recorded begin and their run time times `serviceScale`. */
export function runningAt(workload: Workload, atMs: number, serviceScale: number): number[] {
  const { latest } = endsOf(workload, serviceScale);
  const end = lowerBound(workload.atMs, atMs);
  const running: number[] = [];
  for (let from = 0; from < end; from += BLOCK) {
    if ((latest[from / BLOCK] as number) <= atMs) continue;
    for (let i = from; i < Math.min(end, from + BLOCK); i++)
      if (endOf(workload, i, serviceScale) > atMs) running.push(i);
  }
  return running;
}

export function endOf({ atMs, serviceMs }: Workload, i: number, serviceScale: number): number {
  return (atMs[i] as number) + (serviceMs[i] as number) * serviceScale;
}

function endsOf(workload: Workload, serviceScale: number): Ends {
  const before = known.get(workload);
  if (before?.serviceScale === serviceScale) return before;
  const latest = new Float64Array(Math.ceil(workload.atMs.length / BLOCK));
  for (let i = 0; i < workload.atMs.length; i++) {
    const block = Math.floor(i / BLOCK);
    latest[block] = Math.max(latest[block] as number, endOf(workload, i, serviceScale));
  }
  const ends = { serviceScale, latest };
  known.set(workload, ends);
  return ends;
}

/**
 * Share of the work in progress at `atMs` that a dump which begins at 0 can know of, were the load always alike: what was begun earlier is
 * not in it. E[min(S, t)] / E[S] for run times S, the equilibrium distribution of their ages (Little's law).
 */
export function knownShare({ serviceMs }: Workload, atMs: number, serviceScale: number): number {
  let all = 0;
  let seen = 0;
  for (const recorded of serviceMs) {
    const ms = recorded * serviceScale;
    all += ms;
    seen += Math.min(ms, atMs);
  }
  return all === 0 ? 1 : seen / all;
}
