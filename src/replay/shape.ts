/** The shape of the load: which queries are due when, and how they are released. */
import { seededRandom } from '../base/random.ts';
import { arrivalTimes, levelAt, type Stage } from '../plan/pacing.ts';
import type { Plan } from '../plan/plan.ts';
import { type ReleaseOptions, releaseBySlots, releaseOnTime } from './release.ts';
import { type DueQuery, dueQueries, type Part, partRule, queriesAt } from './source.ts';

export interface LoadShape {
  readonly model: 'recorded' | 'rate' | 'closed';
  /** Queries per second (rate), or at once (closed), over time; the replay ends with the last stage. */
  readonly stages: readonly Stage[];
  readonly arrivals?: 'even' | 'poisson' | undefined;
  /** Closed: mean pause of a user after a statement. */
  readonly thinkMs?: number | undefined;
  /** Nothing is started after this time, and the plan is repeated until then. */
  readonly durationMs?: number | undefined;
  /** So many queries of the whole replay, all parts together; the plan is repeated until then. */
  readonly mostQueries?: number | undefined;
  /** One client's statements wait for each other. */
  readonly inSessions?: boolean | undefined;
  /** What this generator sends of it. */
  readonly part?: Part | undefined;
}

/** True when the plan does not say how many queries there will be. */
export function isOpenEnded({ model, durationMs, mostQueries, stages }: LoadShape): boolean {
  return (
    model === 'rate' || durationMs !== undefined || mostQueries !== undefined || endsByStages(model, stages)
  );
}

function endsByStages(model: LoadShape['model'], stages: readonly Stage[]): boolean {
  return model === 'closed' && stages.every((stage) => Number.isFinite(stage.forMs));
}

/**
 * The queries of this part in the order of their release. `wanted` tells that a plan that is through begins again, though
 * neither time nor count asks for it.
 */
export function* dueOf(
  plan: Plan,
  shape: LoadShape,
  seed: number,
  wanted: () => boolean,
): Generator<DueQuery, void> {
  const { durationMs = Number.POSITIVE_INFINITY, mostQueries = Number.POSITIVE_INFINITY } = shape;
  const mine = partRule(shape.part ?? { index: 0, of: 1 }, shape.inSessions === true);
  // A part without a session would look for its next query for ever.
  if (shape.inSessions === true && !plan.queries.some(mine)) return;
  const repeats = isOpenEnded(shape);
  const all =
    shape.model === 'rate'
      ? queriesAt(plan, arrivalTimes(shape.stages, drawOf(shape, seed)))
      : dueQueries(plan, (round) => repeats || round === 0 || wanted());
  let count = 0;
  for (const due of all) {
    if (count >= mostQueries) return;
    // A closed loop has no times of its own: who releases its queries ends it by the clock.
    if (shape.model !== 'closed' && due.intendedMs >= durationMs) return;
    count++;
    if (mine(due.query)) yield due;
  }
}

function drawOf({ arrivals }: LoadShape, seed: number) {
  return arrivals === 'poisson' ? seededRandom(seed, 'arrivals') : undefined;
}

/** How often a closed loop looks whether there are more slots. */
const LOOK_MS = 20;

/** Releases the queries by the shape's model, from `startMs` on. */
export async function release(
  queries: Generator<DueQuery, void>,
  shape: LoadShape,
  options: ReleaseOptions & {
    readonly startMs: number;
    readonly seed: number;
  },
): Promise<void> {
  const { clock, startMs } = options;
  if (shape.model !== 'closed')
    return releaseOnTime(queries, { ...options, inSessions: shape.inSessions === true });
  const { part = { index: 0, of: 1 }, durationMs = Number.POSITIVE_INFINITY, stages, thinkMs = 0 } = shape;
  const level = () => levelAt(stages, clock.nowMs() - startMs);
  const draw = seededRandom(options.seed, `think-${part.index}`);
  if (clock.nowMs() < startMs) await clock.sleepUntil(startMs, options.signal).catch(() => undefined);
  return releaseBySlots(queries, {
    ...options,
    slots: () => shareOf(Math.round(level() ?? 0), part),
    isOver: () => clock.nowMs() >= startMs + durationMs || level() === undefined,
    thinkMs: thinkMs === 0 ? undefined : () => thinkMs * (0.5 + draw.next()),
    lookEveryMs: stages.some((stage) => stage.from !== stage.to) ? LOOK_MS : undefined,
  });
}

/** What one part has of so many slots; the shares of all parts add up to them. */
export function shareOf(slots: number, { index, of }: Part): number {
  return Math.floor((slots + of - 1 - index) / of);
}
