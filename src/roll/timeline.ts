/** Plays the timeline of a scenario: each action at its time, or as soon as the one before it is through. */
import { errorText } from '../base/errors.ts';
import type { SingleAction } from '../scenario/expand.ts';
import { DEED_NAMES } from '../scenario/sections/timeline/index.ts';
import { DEEDS } from './actions.ts';
import type { RollContext } from './context.ts';
import { isForeseen } from './plan.ts';

interface Play {
  readonly kind: 'roll' | 'fault';
  readonly title: string;
  readonly run: (context: RollContext, number: number) => Promise<void>;
}

/** The deed of an action, with its keys. The scenario's schema has seen that there is exactly one. */
function playOf(action: SingleAction): Play {
  const name = DEED_NAMES.find((key) => action[key] !== undefined);
  if (name === undefined) throw new Error('an action without a deed');
  // Each deed takes the keys that stand under its own name.
  const deed = DEEDS[name] as (typeof DEEDS)['roll'];
  const spec = action[name] as NonNullable<SingleAction['roll']>;
  return {
    kind: deed.kind,
    title: deed.title(spec),
    run: (context, number) => deed.play(spec, context, number),
  };
}

/** What an action does, for people: `roll bi: bi-blue → bi-green`. */
export const actionTitle = (action: SingleAction): string => playOf(action).title;

/**
 * Plays all actions; `startMs` is the replay's start on the clock. An action that fails is recorded as failed and
 * the next one is played all the same: the queries tell what it did to users.
 */
export async function playTimeline(
  actions: readonly SingleAction[],
  startMs: number,
  context: RollContext,
): Promise<void> {
  const { clock, emit, signal } = context;
  for (const [number, action] of actions.entries()) {
    await clock.sleepUntil(startMs + action.at, signal).catch(() => undefined);
    if (signal.aborted) return;
    const { kind, title, run } = playOf(action);
    emit('phase', title, { action: number });
    emit(`${kind}-started`, title, { action: number });
    const startedMs = clock.nowMs();
    try {
      await run(context, number);
      const tookMs = clock.nowMs() - startedMs;
      emit(`${kind}-finished`, `${title}: done`, { action: number, tookMs });
    } catch (error) {
      if (signal.aborted) {
        emit('roll-failed', `${title}: ${errorText(signal.reason)}`, { action: number });
        return;
      }
      if (!isForeseen(error)) throw error;
      emit('roll-failed', `${title}: ${errorText(error)}`, {
        action: number,
        tookMs: clock.nowMs() - startedMs,
      });
    }
    emit('phase', `after ${title}`, { action: -1 });
  }
}
