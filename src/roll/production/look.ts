/** Looking without touching: what a roll would do, and how far one is. */
import { readFileSync } from 'node:fs';
import { askOpenQueries } from '../../fleet/probe.ts';
import type { ProductionRoll } from './config.ts';
import { lockFileOf, stateFileOf } from './files.ts';
import { adminOfRoll, clustersOfRoll } from './fleet.ts';
import { planOf, resolveKey } from './key.ts';
import { type RollKey, type RollState, readState } from './state.ts';

export interface PlannedStep {
  readonly name: string;
  readonly title: string;
  readonly done: boolean;
}

export interface SeenCluster {
  readonly name: string;
  readonly active: boolean;
  /** The gateway's word. */
  readonly status: string;
  /** By the cluster's own word; null where it does not answer. */
  readonly openQueries: number | null;
}

export interface DryRun {
  readonly key: RollKey;
  readonly clusters: readonly SeenCluster[];
  readonly steps: readonly PlannedStep[];
}

/** What `runRoll` would do now; nothing is changed, no lock is taken. */
export async function dryRun(roll: ProductionRoll, signal: AbortSignal): Promise<DryRun> {
  const admin = adminOfRoll(roll);
  const state = readState(stateFileOf(roll));
  const unfinished = state?.outcome === 'running' ? state : undefined;
  const key = unfinished?.key ?? (await resolveKey(roll, admin));
  const clusters = await clustersOfRoll(roll, [...new Set([key.from, key.to])], admin, signal);
  const active = new Set(await admin.active());
  const seen = await Promise.all(
    clusters.map(async ({ name, url }) => ({
      name,
      active: active.has(name),
      status: (await admin.state(name)).status,
      openQueries: (await askOpenQueries(url)) ?? null,
    })),
  );
  const isDone = (name: string) =>
    unfinished?.steps.some((step) => step.name === name && step.doneAt !== null) ?? false;
  const steps = planOf(roll, key).steps.map(({ name, title }) => ({ name, title, done: isDone(name) }));
  return { key, clusters: seen, steps };
}

export interface RollStatus {
  readonly group: string;
  readonly state: RollState | null;
  /** Who holds the lock, as its file says; null when nobody does. */
  readonly lock: unknown;
}

export function rollStatus(roll: Pick<ProductionRoll, 'state' | 'group'>): RollStatus {
  return { group: roll.group, state: readState(stateFileOf(roll)) ?? null, lock: readLock(lockFileOf(roll)) };
}

function readLock(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
