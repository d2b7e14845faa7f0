/** Stamps events on the run's clock and hands them on. */
import type { Clock } from '../../base/clock.ts';
import type { EventType, RunEvent } from './events.ts';

export type EventFields = Partial<Omit<RunEvent, 'atUs' | 'type' | 'text'>>;

/** Records that something happened now. */
export type Emit = (type: EventType, text: string, fields?: EventFields) => void;

/** An emitter whose times count from `originMs` of the clock. */
export function eventLog(clock: Clock, originMs: number, onEvent: (event: RunEvent) => void): Emit {
  return (type, text, fields = {}) =>
    onEvent({ atUs: Math.round((clock.nowMs() - originMs) * 1000), type, text, ...fields });
}
