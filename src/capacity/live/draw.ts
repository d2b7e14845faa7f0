/** Queries for a trial, drawn from a plan: the same statements and users, at a load of its own. */
import { seededRandom } from '../../base/random.ts';
import type { Plan, PlannedQuery } from '../../plan/plan.ts';

/** Independent arrivals at a rate (queries per second) for so long, each query drawn from the plan. Throws RangeError for a rate that is none. */
export function poissonPlan(plan: Plan, rate: number, durationMs: number, seed: number): Plan {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`a rate of ${rate} queries/s`);
  const random = seededRandom(seed, 'trial arrivals');
  const queries: PlannedQuery[] = [];
  const pool = gatewayQueries(plan);
  for (let atMs = 0; ; ) {
    atMs -= (Math.log(1 - random.next()) * 1000) / rate;
    if (atMs >= durationMs) break;
    queries.push(alone(random.pick(pool), queries.length, atMs));
  }
  return planOf(plan, queries);
}

/** So many queries for a closed loop, each of a session of its own: nobody waits for another of his statements. */
export function closedPlan(plan: Plan, length: number, seed: number): Plan {
  const random = seededRandom(seed, 'trial queries');
  const pool = gatewayQueries(plan);
  return planOf(
    plan,
    Array.from({ length }, (_, seq) => alone(random.pick(pool), seq, 0)),
  );
}

function gatewayQueries(plan: Plan): readonly PlannedQuery[] {
  return plan.queries.filter((q) => q.arm === 'gateway');
}

function alone(query: PlannedQuery, seq: number, intendedMs: number): PlannedQuery {
  const session = `${query.session}\u0000${seq}`;
  return { ...query, seq, intendedMs, session, pair: -1, arm: 'gateway', order: ['gateway'] };
}

function planOf(plan: Plan, queries: readonly PlannedQuery[]): Plan {
  const byArm = Object.fromEntries(Object.keys(plan.byArm).map((arm) => [arm, 0])) as Record<
    keyof Plan['byArm'],
    number
  >;
  return { ...plan, queries, pairs: 0, byArm: { ...byArm, gateway: queries.length } };
}
