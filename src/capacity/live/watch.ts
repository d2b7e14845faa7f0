/** Looks at the clusters while a trial runs: how long their queues are, and whether one is in danger. */
import { type Clock, sleep } from '../../base/clock.ts';
import { askHeapShare, askOpenQueryList } from '../../fleet/probe.ts';

export interface SafetyLimits {
  /** Queued queries on one cluster. */
  readonly queued: number;
  /** Share of the heap in use, 0..1, three looks in a row. */
  readonly heap: number;
}

export interface ClusterWatch {
  /** Mean number of queued queries on all clusters together since `from`. */
  meanQueued(fromMs: number): number | null;
  stop(): Promise<void>;
}

interface WatchedCluster {
  readonly name: string;
  readonly url: string;
}

const LOOK_EVERY_MS = 500;
/** A full heap right before a collection is no danger. */
const HEAP_LOOKS = 3;

/** `onDanger` is called once, with what is wrong, when a limit is passed. */
export function watchClusters(
  clusters: readonly WatchedCluster[],
  limits: SafetyLimits,
  clock: Clock,
  onDanger: (reason: string) => void,
): ClusterWatch {
  const stop = new AbortController();
  const looks: { readonly atMs: number; readonly queued: number }[] = [];
  const full = new Map<string, number>();

  async function lookAt({ name, url }: WatchedCluster): Promise<number> {
    const [open, heap] = await Promise.all([askOpenQueryList(url), askHeapShare(url)]);
    const queued = open?.filter((q) => q.state === 'QUEUED').length ?? 0;
    if (queued > limits.queued) onDanger(`${queued} queries wait on ${name}, more than ${limits.queued}`);
    const times = heap !== undefined && heap > limits.heap ? (full.get(name) ?? 0) + 1 : 0;
    full.set(name, times);
    if (times >= HEAP_LOOKS) onDanger(`the heap of ${name} is ${Math.round((heap ?? 0) * 100)} % full`);
    return queued;
  }
  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      const atMs = clock.nowMs();
      const queued = await Promise.all(clusters.map(lookAt));
      looks.push({ atMs, queued: queued.reduce((a, b) => a + b, 0) });
      await sleep(clock, LOOK_EVERY_MS, stop.signal).catch(() => undefined);
    }
  }
  const looping = loop();
  return {
    meanQueued(fromMs) {
      const counted = looks.filter((l) => l.atMs >= fromMs);
      return counted.length === 0 ? null : counted.reduce((sum, l) => sum + l.queued, 0) / counted.length;
    },
    async stop() {
      stop.abort();
      await looping;
    },
  };
}
