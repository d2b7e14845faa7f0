/** How far a roll is, in a file that survives whoever was at it: the journal of a roll in production. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { errorText, failure } from '../../base/errors.ts';
import { writeJson } from '../../base/files.ts';
import type { Journal } from '../plan.ts';

/** What makes a roll the same one when it is taken up again. */
export interface RollKey {
  readonly gateway: string;
  readonly group: string;
  readonly strategy: string;
  readonly from: string;
  readonly to: string;
}

export interface StepRecord {
  readonly name: string;
  readonly begunAt: string;
  readonly doneAt: string | null;
}

export interface RollState {
  readonly version: 1;
  readonly id: string;
  readonly key: RollKey;
  /** `running` also when nobody is at it any more: the next call takes it up. */
  readonly outcome: 'running' | 'done' | 'failed';
  readonly startedAt: string;
  readonly updatedAt: string;
  /** How often it was taken up after an interruption. */
  readonly resumed: number;
  readonly steps: readonly StepRecord[];
  /** The step that failed and why, once the way back has begun. */
  readonly back: { readonly step: string; readonly reason: string } | null;
}

/** Files are named after the id. */
const stateSchema: z.ZodType<RollState> = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[\w-]{1,64}$/),
  key: z.object({
    gateway: z.string(),
    group: z.string(),
    strategy: z.string(),
    from: z.string(),
    to: z.string(),
  }),
  outcome: z.enum(['running', 'done', 'failed']),
  startedAt: z.string(),
  updatedAt: z.string(),
  resumed: z.number(),
  steps: z.array(z.object({ name: z.string(), begunAt: z.string(), doneAt: z.string().nullable() })),
  back: z.object({ step: z.string(), reason: z.string() }).nullable(),
});

/** The state in a file; undefined where there is none. Throws ROLL_IMPOSSIBLE for one that cannot be read. */
export function readState(file: string): RollState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown } | null;
    if (state?.version !== 1) throw new Error(`it is of version ${state?.version}`);
    return stateSchema.parse(state);
  } catch (error) {
    throw failure('ROLL_IMPOSSIBLE', {
      reason: `the state in ${file} cannot be read: ${errorText(error)}`,
      hint: 'Look at the fleet, put it right, and move the file away.',
    });
  }
}

export function forgetState(file: string): void {
  rmSync(file, { force: true });
}

export interface FileJournal extends Journal {
  state(): RollState;
  end(outcome: 'done' | 'failed'): void;
}

/** A journal that writes every change down before anything goes on. `ours` guards against somebody who took over. */
export function fileJournal(file: string, first: RollState, ours: () => boolean): FileJournal {
  let state = first;
  const change = (part: Partial<RollState>) => {
    if (!ours())
      throw failure('ROLL_LOCKED', { group: first.key.group, who: 'somebody else has taken the lock over' });
    state = { ...state, ...part, updatedAt: new Date().toISOString() };
    writeJson(file, state);
  };
  const others = (name: string) => state.steps.filter((step) => step.name !== name);
  change({});
  return {
    state: () => state,
    isDone: (name) => state.steps.some((step) => step.name === name && step.doneAt !== null),
    wentBackFrom: () => state.back ?? undefined,
    begin(name) {
      const begunAt = state.steps.find((step) => step.name === name)?.begunAt ?? new Date().toISOString();
      change({ steps: [...others(name), { name, begunAt, doneAt: null }] });
    },
    done(name) {
      const begunAt = state.steps.find((step) => step.name === name)?.begunAt ?? new Date().toISOString();
      change({ steps: [...others(name), { name, begunAt, doneAt: new Date().toISOString() }] });
    },
    goBack: (step, reason) => change({ back: { step, reason } }),
    end: (outcome) => change({ outcome }),
  };
}
