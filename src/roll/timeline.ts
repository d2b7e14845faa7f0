/** Plays the timeline of a scenario: each action at its time, or as soon as the one before it is through. */
import { errorText, RehearseError } from '../base/errors.ts';
import type { TimelineAction } from '../scenario/schema.ts';
import { kill, roll, start } from './actions.ts';
import { type RollContext, StepFailed } from './context.ts';

/** What an action does, for people: `roll bi: bi-blue → bi-green`. */
export function actionTitle({ roll, kill, start }: TimelineAction): string {
  if (roll) return `roll ${roll.group}: ${roll.from} → ${roll.to}`;
  if (kill) return `kill ${kill.cluster} (${kill.signal})`;
  return `start ${start?.cluster ?? ''}`;
}

async function play(action: TimelineAction, context: RollContext, number: number): Promise<void> {
  if (action.roll) await roll(action.roll, context, number);
  else if (action.kill) await kill(action.kill, context, number);
  else if (action.start) await start(action.start, context, number);
}

/**
 * Plays all actions; `startMs` is the replay's start on the clock. An action that fails is recorded as failed and
 * the next one is played all the same: the queries tell what it did to users.
 */
export async function playTimeline(
  actions: readonly TimelineAction[],
  startMs: number,
  context: RollContext,
): Promise<void> {
  const { clock, emit, signal } = context;
  for (const [number, action] of actions.entries()) {
    await clock.sleepUntil(startMs + action.at, signal).catch(() => undefined);
    if (signal.aborted) return;
    const title = actionTitle(action);
    const isRoll = action.roll !== undefined;
    emit('phase', title, { action: number });
    emit(isRoll ? 'roll-started' : 'fault-started', title, { action: number });
    const startedMs = clock.nowMs();
    try {
      await play(action, context, number);
      const tookMs = clock.nowMs() - startedMs;
      emit(isRoll ? 'roll-finished' : 'fault-finished', `${title}: done`, { action: number, tookMs });
    } catch (error) {
      if (signal.aborted) {
        emit('roll-failed', `${title}: ${errorText(signal.reason)}`, { action: number });
        return;
      }
      if (!(error instanceof StepFailed || error instanceof RehearseError)) throw error;
      emit('roll-failed', `${title}: ${errorText(error)}`, {
        action: number,
        tookMs: clock.nowMs() - startedMs,
      });
    }
    emit('phase', `after ${title}`, { action: -1 });
  }
}
