/** Loads that are drawn: arrivals at random at a rate that may change, service times from any distribution. */
import type { Random } from '../../base/random.ts';
import type { Arrival, Load } from './world.ts';

/** One draw of a service time, milliseconds. */
export type Draw = (random: Random) => number;

export const exponential =
  (mean: number): Draw =>
  (random) =>
    -mean * Math.log(1 - random.next());

export const constant =
  (ms: number): Draw =>
  () =>
    ms;

/** Two exponentials by lot: squared coefficient of variation `scv` ≥ 1, balanced means (Whitt 1982). */
export function hyperexponential(mean: number, scv: number): Draw {
  const p = (1 + Math.sqrt((scv - 1) / (scv + 1))) / 2;
  return (random) => {
    const share = random.next() < p ? p : 1 - p;
    return (-mean / (2 * share)) * Math.log(1 - random.next());
  };
}

/** Mean and standard deviation of the logarithm fix it; `median` in milliseconds. */
export const lognormal =
  (median: number, sigma: number): Draw =>
  (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    return median * Math.exp(sigma * normal);
  };

export interface PoissonOptions {
  readonly ratePerMs: number;
  readonly queries: number;
  readonly service: Draw;
  readonly random: Random;
  readonly groups?: readonly string[];
  readonly users?: number;
}

/** Arrivals at a constant mean rate, independent of each other; group and user by lot. */
export function poissonLoad(options: PoissonOptions): Load {
  const { queries, random, ratePerMs, service } = options;
  const { groups = ['all'], users = 100 } = options;
  let left = queries;
  let atMs = 0;
  return {
    ...{ groups, users, fingerprints: 1 },
    next(into: Arrival) {
      if (left-- <= 0) return false;
      atMs -= Math.log(1 - random.next()) / ratePerMs;
      into.atMs = atMs;
      into.serviceMs = service(random);
      into.user = users === 1 ? 0 : random.below(users);
      into.source = 0;
      into.fingerprint = 0;
      into.group = groups.length === 1 ? 0 : random.below(groups.length);
      return true;
    },
  };
}

/** So many queries open at all times: the next is sent when one has ended. Not for fleets that lose queries. */
export function closedLoad(options: {
  readonly concurrency: number;
  readonly queries: number;
  readonly service: Draw;
  readonly random: Random;
}): Load {
  const { queries, random, service } = options;
  let left = queries;
  let due = options.concurrency;
  let nowMs = 0;
  return {
    ...{ groups: ['all'], users: 1, fingerprints: 1 },
    next(into: Arrival) {
      if (due === 0 || left <= 0) return false;
      due--;
      left--;
      into.atMs = nowMs;
      into.serviceMs = service(random);
      return true;
    },
    ended(atMs) {
      nowMs = atMs;
      due++;
    },
  };
}
