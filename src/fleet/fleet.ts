/** The clusters of a run as a whole: starts, stops and kills them, and tells which process answers for which ids. */
import { type Clock, sleep } from '../base/clock.ts';
import { failure } from '../base/errors.ts';
import type { Emit } from '../measure/record/event-log.ts';
import type { Cluster, ClusterProcess } from './clusters/cluster.ts';
import { askSuffix } from './probe.ts';

export interface Fleet {
  readonly clusters: readonly Cluster[];
  cluster(name: string): Cluster;
  isUp(name: string): boolean;
  /** Launches the coordinator; resolves when its port is open. `action` is the timeline action that asked for it. */
  start(name: string, action?: number): Promise<void>;
  /** SIGTERM, then SIGKILL after a grace time; a cluster that nobody here may stop is left running, with a warning. */
  stop(name: string, action?: number): Promise<void>;
  /** Ends the process by a signal and waits until it is gone. */
  kill(name: string, signal: 'SIGKILL' | 'SIGTERM', action?: number): Promise<void>;
  /** Finds out which coordinators run already, where they are not ours to start first. */
  attach(): Promise<void>;
  /** SIGSTOP and SIGCONT: a coordinator that accepts and never answers. False when it is down. */
  freeze(name: string): boolean;
  thaw(name: string): void;
  /** Changes settings for the next start. Throws USAGE where the driver has none that could change. */
  configure(name: string, settings: Readonly<Record<string, unknown>>): void;
  /** Stops everything that was started here, in parallel. */
  close(): Promise<void>;
}

/** A real coordinator with running queries lingers up to 12 s after SIGTERM (measured on release 476). */
const STOP_GRACE_MS = 15_000;
const CLOSE_GRACE_MS = 2_000;
const SUFFIX_RETRY_MS = 250;

interface Running {
  readonly child: ClusterProcess;
  /** It ran before we came: it is not ours to end at the close. */
  readonly attached: boolean;
  /** True once the run itself has asked the process to end. */
  ending: boolean;
}

interface FleetOptions {
  /** Ask new coordinators for the suffix of their query ids; default true. Who judges no queries needs none. */
  readonly learnSuffixes?: boolean;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export function createFleet(clusters: readonly Cluster[], options: FleetOptions): Fleet {
  return new RunningFleet(clusters, options);
}

const caused = (action: number | undefined) => (action === undefined ? {} : { action });

class RunningFleet implements Fleet {
  readonly clusters: readonly Cluster[];
  readonly #options: FleetOptions;
  readonly #running = new Map<string, Running>();

  constructor(clusters: readonly Cluster[], options: FleetOptions) {
    this.clusters = clusters;
    this.#options = options;
  }

  cluster(name: string): Cluster {
    const found = this.clusters.find((c) => c.name === name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  }

  isUp(name: string): boolean {
    return this.#running.has(name);
  }

  freeze(name: string): boolean {
    return this.#signal(name, 'SIGSTOP');
  }

  thaw(name: string): void {
    this.#signal(name, 'SIGCONT');
  }

  #signal(name: string, by: NodeJS.Signals): boolean {
    const process = this.#running.get(name);
    void process?.child.kill(by);
    return process !== undefined;
  }

  configure(name: string, settings: Readonly<Record<string, unknown>>): void {
    const cluster = this.cluster(name);
    if (cluster.configure === undefined)
      throw failure('USAGE', {
        detail: `a cluster of driver ${cluster.driver} has no settings that could change`,
      });
    cluster.configure(settings);
  }

  async attach(): Promise<void> {
    const { signal } = this.#options;
    await Promise.all(
      this.clusters.map(async (cluster) => {
        const child = await cluster.attach?.(signal);
        if (child === undefined) return;
        this.#running.set(cluster.name, { child, attached: true, ending: false });
      }),
    );
  }

  async start(name: string, action?: number): Promise<void> {
    const { clock, emit, signal } = this.#options;
    const cluster = this.cluster(name);
    const fields = { cluster: name, group: cluster.group, ...caused(action) };
    emit('cluster-starting', `${name} is being started`, fields);
    const startedMs = clock.nowMs();
    const attached = this.#running.get(name)?.attached ?? false;
    const process: Running = { child: await cluster.launch(signal), attached, ending: false };
    this.#running.set(name, process);
    void this.#watch(cluster, process);
    const isCurrent = () => this.#running.get(name) === process && !signal.aborted;
    const learned = (suffix: string) =>
      emit('cluster-incarnation', `${name} writes query ids that end in _${suffix}`, { ...fields, suffix });
    if (this.#options.learnSuffixes !== false) void learnSuffix(cluster, clock, isCurrent, learned);
    emit('cluster-up', `${name} has opened its port`, { ...fields, tookMs: clock.nowMs() - startedMs });
  }

  async #watch(cluster: Cluster, process: Running): Promise<void> {
    const { code, signal: by } = await process.child.exited;
    if (this.#running.get(cluster.name) === process) this.#running.delete(cluster.name);
    if (!process.ending)
      this.#options.emit('cluster-lost', `${cluster.name} ended by itself (${by ?? `exit ${code}`})`, {
        cluster: cluster.name,
      });
  }

  async stop(name: string, action?: number): Promise<void> {
    const { clock, emit } = this.#options;
    const fields = { cluster: name, ...caused(action) };
    if (this.cluster(name).keptRunning === true) {
      emit('warning', `${name} is left running: nobody here may stop it`, fields);
      return;
    }
    emit('cluster-stopping', `${name} is being stopped`, fields);
    const startedMs = clock.nowMs();
    await this.#end(name, (process) => process.child.stop(STOP_GRACE_MS));
    emit('cluster-stopped', `${name} has stopped`, { ...fields, tookMs: clock.nowMs() - startedMs });
  }

  async kill(name: string, by: 'SIGKILL' | 'SIGTERM', action?: number): Promise<void> {
    const { clock, emit } = this.#options;
    const startedMs = clock.nowMs();
    const fields = { cluster: name, group: this.cluster(name).group, ...caused(action) };
    await this.#end(name, async (process) => {
      const { pid } = process.child;
      const ended = process.child.kill(by);
      emit('cluster-killed', `${name}: ${by} sent${pid === undefined ? '' : ` to process ${pid}`}`, fields);
      await ended;
    });
    emit('cluster-stopped', `${name} is gone`, { ...fields, tookMs: clock.nowMs() - startedMs });
  }

  async #end(name: string, how: (process: Running) => Promise<void>): Promise<void> {
    const process = this.#running.get(name);
    if (process === undefined) return;
    process.ending = true;
    await how(process);
    await process.child.exited;
    if (this.#running.get(name) === process) this.#running.delete(name);
  }

  async close(): Promise<void> {
    const ours = [...this.#running].filter(([, process]) => !process.attached);
    await Promise.all(
      ours.map(([name]) =>
        this.cluster(name).keptRunning === true
          ? undefined
          : this.#end(name, (process) => process.child.stop(CLOSE_GRACE_MS)),
      ),
    );
  }
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
