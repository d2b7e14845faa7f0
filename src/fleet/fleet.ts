/** The clusters of a run as a whole: starts, stops and kills them, and tells which process answers for which ids. */
import { type Clock, sleep } from '../base/clock.ts';
import type { Emit } from '../measure/event-log.ts';
import type { Child } from './child.ts';
import type { Cluster } from './cluster.ts';
import { askSuffix } from './probe.ts';

export interface Fleet {
  readonly clusters: readonly Cluster[];
  cluster(name: string): Cluster;
  isUp(name: string): boolean;
  /** Launches the coordinator; resolves when its port is open. `action` is the timeline action that asked for it. */
  start(name: string, action?: number): Promise<void>;
  /** SIGTERM, then SIGKILL after a grace time. */
  stop(name: string, action?: number): Promise<void>;
  /** Ends the process by a signal and waits until it is gone. */
  kill(name: string, signal: 'SIGKILL' | 'SIGTERM', action?: number): Promise<void>;
  /** Stops everything, in parallel. */
  close(): Promise<void>;
}

/** A real coordinator with running queries lingers up to 12 s after SIGTERM (measured on release 476). */
const STOP_GRACE_MS = 15_000;
const CLOSE_GRACE_MS = 2_000;
const SUFFIX_RETRY_MS = 250;

interface Running {
  readonly child: Child;
  /** True once the run itself has asked the process to end. */
  ending: boolean;
}

export function createFleet(
  clusters: readonly Cluster[],
  options: { readonly clock: Clock; readonly emit: Emit; readonly signal: AbortSignal },
): Fleet {
  const { clock, emit, signal } = options;
  const byName = new Map(clusters.map((c) => [c.name, c]));
  const running = new Map<string, Running>();

  const clusterOf = (name: string): Cluster => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };

  const watch = async (cluster: Cluster, process: Running): Promise<void> => {
    const { code, signal: by } = await process.child.exited;
    if (running.get(cluster.name) === process) running.delete(cluster.name);
    if (!process.ending)
      emit('cluster-lost', `${cluster.name} ended by itself (${by ?? `exit ${code}`})`, {
        cluster: cluster.name,
      });
  };

  const end = async (name: string, how: (process: Running) => Promise<void>): Promise<void> => {
    const process = running.get(name);
    if (process === undefined) return;
    process.ending = true;
    await how(process);
    await process.child.exited;
  };

  return {
    clusters,
    cluster: clusterOf,
    isUp: (name) => running.has(name),
    async start(name, action) {
      const cluster = clusterOf(name);
      const fields = { cluster: name, group: cluster.group, ...(action === undefined ? {} : { action }) };
      emit('cluster-starting', `${name} is being started`, fields);
      const startedMs = clock.nowMs();
      const process: Running = { child: await cluster.launch(signal), ending: false };
      running.set(name, process);
      void watch(cluster, process);
      const isCurrent = () => running.get(name) === process && !signal.aborted;
      void learnSuffix(cluster, clock, isCurrent, (suffix) =>
        emit('cluster-incarnation', `${name} writes query ids that end in _${suffix}`, { ...fields, suffix }),
      );
      emit('cluster-up', `${name} has opened its port`, { ...fields, tookMs: clock.nowMs() - startedMs });
    },
    async stop(name, action) {
      const fields = { cluster: name, ...(action === undefined ? {} : { action }) };
      emit('cluster-stopping', `${name} is being stopped`, fields);
      const startedMs = clock.nowMs();
      await end(name, (process) => process.child.stop(STOP_GRACE_MS));
      emit('cluster-stopped', `${name} has stopped`, { ...fields, tookMs: clock.nowMs() - startedMs });
    },
    async kill(name, by, action) {
      const startedMs = clock.nowMs();
      const fields = {
        cluster: name,
        group: clusterOf(name).group,
        ...(action === undefined ? {} : { action }),
      };
      await end(name, async (process) => {
        process.child.kill(by);
        emit('cluster-killed', `${name}: ${by} sent to process ${process.child.pid}`, fields);
      });
      emit('cluster-stopped', `${name} is gone`, { ...fields, tookMs: clock.nowMs() - startedMs });
    },
    async close() {
      await Promise.all([...running.keys()].map((name) => end(name, (p) => p.child.stop(CLOSE_GRACE_MS))));
    },
  };
}

/** Asks a new process for its suffix until it tells: without it nobody knows where queries ran. */
async function learnSuffix(
  cluster: Cluster,
  clock: Clock,
  isCurrent: () => boolean,
  learned: (suffix: string) => void,
): Promise<void> {
  while (isCurrent()) {
    const suffix = await askSuffix(cluster.url);
    if (suffix !== undefined && isCurrent()) return learned(suffix);
    await sleep(clock, SUFFIX_RETRY_MS);
  }
}
