/**
 * What the run's thread and the threads of the load tell each other. Times are milliseconds on the process's clock
 * (`process.hrtime`), which all threads share: `performance.now()` counts from each thread's own start.
 */
import type { HeapSettings } from '../../base/heap.ts';
import type { RunEvent } from '../../measure/record/events.ts';
import type { GeneratorHealth } from '../../measure/record/run-info.ts';
import type { Sample } from '../../measure/record/sample.ts';
import type { Plan, PlannedQuery } from '../../plan/plan.ts';
import type { Replay, ReplayProgress } from '../engine.ts';
import type { Go, LoadOrder } from '../generator.ts';

/** What a thread gets at its start. */
export interface ThreadData {
  /** With this thread's part in it. */
  readonly order: LoadOrder;
  /** One 32-bit word: samples that were sent and not yet taken in. */
  readonly backlog: SharedArrayBuffer;
  readonly heap: HeapSettings | undefined;
}

export type GoTimes = Pick<Go, 'originMs' | 'startMs' | 'wantedUntilMs'>;

export type ToThread =
  /** Some of the plan's queries, in their order. */
  | { readonly kind: 'queries'; readonly queries: readonly PlannedQuery[] }
  /** The rest of the plan, once all its queries have come. */
  | { readonly kind: 'plan'; readonly plan: Omit<Plan, 'queries'> }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'go'; readonly times: GoTimes }
  | { readonly kind: 'want'; readonly untilMs: number }
  | { readonly kind: 'stop'; readonly because: string }
  | { readonly kind: 'abort' };

export type FromThread =
  /** Its modules are there: from now on it can be ended. */
  | { readonly kind: 'loaded' }
  /** It has the plan. */
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'report' } & Report)
  /** After its last report. */
  | { readonly kind: 'done'; readonly planned: Replay['planned']; readonly health: GeneratorHealth };

export interface Report {
  /** Of queries that have ended since the report before. */
  readonly samples: readonly Sample[];
  readonly progress: ReplayProgress;
  readonly stoppedBecause: string | undefined;
}

/**
 * So many samples of a thread wait at most to be taken in; beyond it the thread stands still until some are. Its load is then late,
 * as it is late without threads when samples cannot be written as fast as they come, and that shows in the run's health.
 */
export const MOST_BACKLOG = 20_000;
