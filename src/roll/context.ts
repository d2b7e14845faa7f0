/** What a timeline action works with. */
import type { Clock } from '../base/clock.ts';
import { formatMs } from '../base/units.ts';
import type { FaultWays } from '../fleet/faults/fault-ways.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { GatewayAdmin } from '../fleet/gateways/gateway-admin.ts';
import type { GatewayNodes } from '../fleet/gateways/gateway-nodes.ts';
import type { Emit, EventFields } from '../measure/record/event-log.ts';
import type { EventType } from '../measure/record/events.ts';

/** How the queries of one cluster have ended so far. */
export interface Tally {
  readonly ended: number;
  /** Through no fault of their own. */
  readonly failed: number;
}

export interface RollContext {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly fleet: Fleet;
  readonly admin: GatewayAdmin | undefined;
  /** How long a cluster may take until the gateway calls it healthy. */
  readonly healthyTimeoutMs: number;
  /** How long a change through the admin API is tried; default 30 s. */
  readonly adminPatienceMs?: number | undefined;
  /** After a kill without restart the action lasts this long. */
  readonly detectionMs: number;
  readonly signal: AbortSignal;
  /** Processes of the gateway, where they are ours. */
  readonly nodes?: GatewayNodes | undefined;
  /** The gateway's SQLite file, where its store is one. */
  readonly storeFile?: string | undefined;
  /** The proxies between gateway and clusters, where the scenario breaks connections. */
  readonly ways?: FaultWays | undefined;
  /** What became of the queries that ran on a cluster; absent where nobody counts. */
  readonly tally?: ((cluster: string) => Tally) | undefined;
  /** Asks once more whether a cluster serves well; answers why not. */
  readonly check?: ((cluster: string) => Promise<string | undefined>) | undefined;
}

/** A step of an action that could not be done; the timeline notes it and goes on with the next action. */
export class StepFailed extends Error {}

/** Runs one step and records its begin, with its limit, and its end, with the time it took. */
export async function step<T>(
  context: RollContext,
  type: EventType,
  fields: EventFields,
  text: (result: T) => string,
  work: () => Promise<T>,
): Promise<T> {
  const startedMs = context.clock.nowMs();
  const result = await work();
  context.emit(type, text(result), { ...fields, tookMs: context.clock.nowMs() - startedMs });
  return result;
}

/** `at most 60 s`, for the title of a step with a limit. */
export const atMost = (limitMs: number): string => `at most ${formatMs(limitMs)}`;
