/** What a timeline action works with. */
import type { Clock } from '../base/clock.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { GatewayAdmin } from '../fleet/gateway-admin.ts';
import type { Emit, EventFields } from '../measure/event-log.ts';
import type { EventType } from '../measure/events.ts';

export interface RollContext {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly fleet: Fleet;
  readonly admin: GatewayAdmin | undefined;
  /** How long a cluster may take until the gateway calls it healthy. */
  readonly healthyTimeoutMs: number;
  /** After a kill without restart the action lasts this long. */
  readonly detectionMs: number;
  readonly signal: AbortSignal;
}

/** A step of an action that could not be done; the timeline notes it and goes on with the next action. */
export class StepFailed extends Error {}

/** Runs one step and records it with the time it took. */
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
