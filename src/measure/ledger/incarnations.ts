/**
 * Which coordinator process lived when, read from the events: the oracle that tells from a query id alone where
 * a query ran, and whether its owner was still there. Nothing here comes from the gateway.
 */
import type { RunEvent } from '../record/events.ts';
import type { RunInfo } from '../record/run-info.ts';

/** One coordinator process, from its start to its end. */
export interface Incarnation {
  readonly cluster: string;
  readonly group: string;
  readonly suffix: string;
  /** When it was asked for its suffix; queries may carry it a little earlier. */
  readonly fromUs: number;
  /** When it was stopped, killed or lost; Infinity when it outlived the run. */
  readonly toUs: number;
}

/** A process that ended without grace: killed by the harness, or lost by itself. */
export interface Kill {
  /** `kill olap-green`, `loss of olap-green`. */
  readonly name: string;
  readonly kind: 'kill' | 'loss';
  readonly cluster: string;
  readonly group: string;
  /** '' when the process was never asked for it. */
  readonly suffix: string;
  /** When it was killed; of a loss, when it was noticed. */
  readonly atUs: number;
  /** Of a loss the last sign of life: it died between this and `atUs`. */
  readonly sinceUs?: number;
  /** Number of the timeline action, −1 for none. */
  readonly action: number;
}

interface Change {
  /** When the step was begun: somewhere between this and its answer the gateway has made the change. */
  readonly fromUs: number;
  /** When the gateway's answer was there. */
  readonly atUs: number;
  readonly active: boolean;
}

export interface FleetHistory {
  readonly incarnations: readonly Incarnation[];
  readonly bySuffix: ReadonlyMap<string, Incarnation>;
  readonly groupOf: ReadonlyMap<string, string>;
  readonly kills: readonly Kill[];
  readonly changes: ReadonlyMap<string, readonly Change[]>;
}

/** Builds the fleet's history; events may stand in any order. */
export function readFleet(info: Pick<RunInfo, 'clusters'>, events: readonly RunEvent[]): FleetHistory {
  const ordered = events.toSorted((a, b) => a.atUs - b.atUs);
  const groupOf = new Map(info.clusters.map((c) => [c.name, c.group]));
  for (const e of ordered)
    if (e.cluster && e.group && !groupOf.has(e.cluster)) groupOf.set(e.cluster, e.group);
  const state: Building = { groupOf, open: new Map(), done: [], kills: [], changes: new Map() };
  for (const event of ordered) if (event.cluster) apply(state, event, event.cluster);
  const incarnations = [...state.done, ...state.open.values()];
  return {
    incarnations,
    bySuffix: new Map(incarnations.map((i) => [i.suffix, i])),
    groupOf,
    kills: state.kills,
    changes: state.changes,
  };
}

interface Building {
  readonly groupOf: Map<string, string>;
  readonly open: Map<string, Incarnation>;
  readonly done: Incarnation[];
  readonly kills: Kill[];
  readonly changes: Map<string, Change[]>;
}

function apply(state: Building, event: RunEvent, cluster: string): void {
  switch (event.type) {
    case 'cluster-incarnation':
      begin(state, event, cluster);
      return;
    case 'cluster-killed':
      kill(state, event, cluster, 'kill');
      return;
    case 'cluster-lost':
      // What the harness itself stopped or killed a moment ago is no loss.
      if (state.open.has(cluster)) kill(state, event, cluster, 'loss');
      return;
    case 'cluster-stopping':
    case 'cluster-stopped':
      end(state, event, cluster);
      return;
    case 'cluster-activated':
    case 'cluster-deactivated': {
      const changes = state.changes.get(cluster) ?? [];
      const fromUs = event.atUs - (event.tookMs ?? 0) * 1000;
      changes.push({ fromUs, atUs: event.atUs, active: event.type === 'cluster-activated' });
      state.changes.set(cluster, changes);
      return;
    }
    default:
      return;
  }
}

function begin(state: Building, event: RunEvent, cluster: string): void {
  const suffix = event.suffix ?? '';
  if (suffix === '' || state.open.get(cluster)?.suffix === suffix) return;
  end(state, event, cluster);
  const group = state.groupOf.get(cluster) ?? '';
  state.open.set(cluster, { cluster, group, suffix, fromUs: event.atUs, toUs: Number.POSITIVE_INFINITY });
}

function end(state: Building, event: RunEvent, cluster: string): void {
  const living = state.open.get(cluster);
  if (living === undefined) return;
  state.done.push({ ...living, toUs: event.atUs });
  state.open.delete(cluster);
}

function kill(state: Building, event: RunEvent, cluster: string, kind: Kill['kind']): void {
  const suffix = event.suffix ?? state.open.get(cluster)?.suffix ?? '';
  const name = kind === 'kill' ? `kill ${cluster}` : `loss of ${cluster}`;
  const group = state.groupOf.get(cluster) ?? '';
  state.kills.push({ name, kind, cluster, group, suffix, atUs: event.atUs, action: event.action ?? -1 });
  end(state, event, cluster);
}

/**
 * Whether a cluster was meant to take new queries at a moment. Before its first change it was in the opposite
 * state; a cluster without any change counts as active throughout (nothing speaks against it).
 */
export function isActive(fleet: FleetHistory, cluster: string, atUs: number): boolean {
  const changes = fleet.changes.get(cluster);
  const first = changes?.[0];
  if (changes === undefined || first === undefined) return true;
  return changes.findLast((c) => c.atUs <= atUs)?.active ?? !first.active;
}

/** True when a cluster took new queries at any moment of a span, both ends included. */
export function isActiveWithin(fleet: FleetHistory, cluster: string, fromUs: number, toUs: number): boolean {
  if (isActive(fleet, cluster, fromUs)) return true;
  const changes = fleet.changes.get(cluster) ?? [];
  return changes.some((c) => c.active && c.atUs > fromUs && c.atUs <= toUs);
}

/**
 * Microseconds from a moment to the nearest activation or deactivation of a cluster; 0 while one is under way, since
 * only the gateway knows when in its step it made the change; Infinity without any.
 */
export function nearestChangeUs(fleet: FleetHistory, cluster: string, atUs: number): number {
  const changes = fleet.changes.get(cluster) ?? [];
  const away = (c: Change) => Math.max(0, c.fromUs - atUs, atUs - c.atUs);
  return changes.reduce((best, c) => Math.min(best, away(c)), Number.POSITIVE_INFINITY);
}

/** True when the process that issued an id still lived at a moment; undefined when the process is unknown. */
export function ownerAlive(fleet: FleetHistory, suffix: string, atUs: number): boolean | undefined {
  const owner = fleet.bySuffix.get(suffix);
  return owner === undefined ? undefined : atUs < owner.toUs;
}
