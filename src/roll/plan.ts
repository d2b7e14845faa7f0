/**
 * A strategy as data: steps in order, and the way back from each. Steps are idempotent: each makes something so, and
 * finds with a look that it is so already. That is what lets a roll be taken up again after a crash.
 */
import { errorText, RehearseError } from '../base/errors.ts';
import { type RollContext, StepFailed } from './context.ts';

export interface Step {
  /** Unique in its plan, and the same at every run of it: the journal goes by it. */
  readonly name: string;
  /** For people: what is done, with its limit. */
  readonly title: string;
  /** The longest that it may take, milliseconds; absent for what ends by itself. */
  readonly limitMs?: number | undefined;
  readonly run: (context: RollContext, action: number) => Promise<void>;
}

export interface RollPlan {
  readonly steps: readonly Step[];
  /**
   * What makes the old state good again when the step of this name has failed; empty where nothing was changed. `stays`:
   * what was wanted is reached but for this step, which can be tried again.
   */
  readonly wayBack: (failed: string) => readonly Step[] | 'stays';
}

/** The last step failed, and what came before it stands. */
export class RollStays extends StepFailed {}

/** A step failed, and so did the way back: how the fleet stands has to be looked at. */
export class WayBackFailed extends StepFailed {}

/** Remembers how far a plan is. */
export interface Journal {
  isDone(step: string): boolean;
  /** The step from which the way back has begun, in this run or an earlier one. */
  wentBackFrom(): { readonly step: string; readonly reason: string } | undefined;
  begin(step: string): void;
  done(step: string): void;
  goBack(step: string, reason: string): void;
}

/** Enough where a roll is played once, under the eyes of the run. */
export function memoryJournal(): Journal {
  const ended = new Set<string>();
  let back: { step: string; reason: string } | undefined;
  return {
    isDone: (step) => ended.has(step),
    wentBackFrom: () => back,
    begin() {},
    done: (step) => void ended.add(step),
    goBack(step, reason) {
      back = { step, reason };
    },
  };
}

/** Names under which the journal keeps the steps of the way back. */
const backName = (step: Step) => `back: ${step.name}`;

/**
 * Plays a plan from where its journal stands. When a step fails, the way back is gone and the failure thrown: the
 * caller learns of a roll that did not happen, and the fleet is as it was. An abort throws at once and leaves the
 * journal as it stands, to be taken up again.
 */
export async function playPlan(
  plan: RollPlan,
  context: RollContext,
  action: number,
  journal: Journal = memoryJournal(),
): Promise<void> {
  const before = journal.wentBackFrom();
  if (before !== undefined) {
    await goBack(plan, before.step, context, action, journal);
    throw new StepFailed(before.reason);
  }
  for (const step of plan.steps) {
    if (journal.isDone(step.name)) continue;
    try {
      await playStep(step, step.name, context, action, journal);
    } catch (error) {
      if (context.signal.aborted || !isForeseen(error)) throw error;
      if (plan.wayBack(step.name) === 'stays') throw new RollStays(errorText(error), { cause: error });
      journal.goBack(step.name, errorText(error));
      await goBack(plan, step.name, context, action, journal);
      throw error;
    }
  }
}

export const isForeseen = (error: unknown): boolean =>
  error instanceof StepFailed || error instanceof RehearseError;

async function playStep(
  step: Step,
  name: string,
  context: RollContext,
  action: number,
  journal: Journal,
): Promise<void> {
  journal.begin(name);
  context.emit('step-started', step.title, {
    action,
    step: name,
    ...(step.limitMs === undefined ? {} : { limitMs: step.limitMs }),
  });
  await step.run(context, action);
  journal.done(name);
}

async function goBack(
  plan: RollPlan,
  failed: string,
  context: RollContext,
  action: number,
  journal: Journal,
): Promise<void> {
  const way = plan.wayBack(failed);
  const steps = way === 'stays' ? [] : way.filter((step) => !journal.isDone(backName(step)));
  if (steps.length === 0) return;
  context.emit('roll-back', `going back: ${steps.map((step) => step.title).join(', ')}`, { action });
  for (const step of steps) {
    try {
      await playStep(step, backName(step), context, action, journal);
    } catch (error) {
      if (context.signal.aborted || !isForeseen(error)) throw error;
      const reason = journal.wentBackFrom()?.reason ?? `${failed} failed`;
      throw new WayBackFailed(`${reason}; and the way back failed at "${step.title}": ${errorText(error)}`, {
        cause: error,
      });
    }
  }
}

/** True when `name` stands before `other` in the plan, or is it. */
export function reached(steps: readonly Step[], name: string, other: string): boolean {
  const at = (wanted: string) => steps.findIndex((step) => step.name === wanted);
  return at(other) >= 0 && at(other) <= at(name);
}
