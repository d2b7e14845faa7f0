/** What queries take when each is alone, on the clusters that a plan or a balancer is tried on. */
import type { Study } from '../study/schema.ts';
import { isDrop } from './facts.ts';
import type { LiveSystem } from './system.ts';

export interface Calibration {
  /** Milliseconds, of each query that ended well. */
  readonly timesMs: readonly number[];
  readonly meanMs: number;
  /** Mean of those of one statement (`statement` of samples and planned queries), milliseconds. */
  readonly byStatement: ReadonlyMap<string, number>;
  readonly slots: number;
  readonly clusters: number;
  readonly title: string;
  readonly simulated: boolean;
  /** Several real servers share this machine's cores. */
  readonly sharedMachine: boolean;
}

const CALIBRATION_MS = 90_000;

/** So few at once that none waits: half of all slots. */
export async function calibrateLive(system: LiveSystem, study: Study): Promise<Calibration> {
  const { fleet } = system.prepared.scenario;
  const { maxRunning } = fleet.settings as { maxRunning?: unknown };
  const slots = typeof maxRunning === 'number' ? maxRunning : study.cluster.slots;
  const clusters = fleet.clusters.filter((c) => c.active).length;
  const atOnce = Math.max(1, Math.floor((clusters * slots) / 2));
  const trial = await system.runFor('concurrency', atOnce, 0, CALIBRATION_MS);
  const timesMs = trial.queries.filter((q) => !q.dropped).map((q) => q.responseMs);
  const ofStatement = Map.groupBy(
    trial.samples.filter((s) => !isDrop(s)),
    (s) => s.statement,
  );
  return {
    ...{ timesMs, meanMs: mean(timesMs), slots, clusters },
    byStatement: new Map(
      [...ofStatement].map(([statement, own]) => [
        statement,
        mean(own.map((s) => (s.lastUs - s.sentUs) / 1000)),
      ]),
    ),
    ...{ title: system.title, simulated: system.prepared.simulated },
    sharedMachine: fleet.driver === 'trino' && clusters > 1,
  };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
