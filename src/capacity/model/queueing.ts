/**
 * Closed forms of queueing theory: what the simulator is checked by, and a second opinion beside it.
 * Rates are per millisecond, times milliseconds, `scv` is a squared coefficient of variation (variance / mean²).
 */

/**
 * Erlang C: the probability that an arrival has to wait before k servers under the load a = λ/μ < k
 * (Kleinrock, Queueing Systems I, 3.40), by the recursion of Erlang B, which does not overflow.
 */
export function erlangC(servers: number, load: number): number {
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  return blocked / (1 - (load / servers) * (1 - blocked));
}

/** Mean wait before service in M/M/k. */
export function mmkWaitMs(servers: number, ratePerMs: number, serviceMs: number): number {
  const load = ratePerMs * serviceMs;
  return load >= servers ? Number.POSITIVE_INFINITY : (erlangC(servers, load) * serviceMs) / (servers - load);
}

/** Mean wait in M/G/1 (Pollaczek and Khinchine): λ E[S²] / 2(1 − ρ). */
export function mg1WaitMs(ratePerMs: number, serviceMs: number, scv: number): number {
  const rho = ratePerMs * serviceMs;
  return rho >= 1
    ? Number.POSITIVE_INFINITY
    : (ratePerMs * serviceMs * serviceMs * (1 + scv)) / (2 * (1 - rho));
}

/** Mean response in M/G/1 with processor sharing: S / (1 − ρ), whatever the distribution (Kleinrock II, 4.4). */
export function mg1SharedResponseMs(ratePerMs: number, serviceMs: number): number {
  const rho = ratePerMs * serviceMs;
  return rho >= 1 ? Number.POSITIVE_INFINITY : serviceMs / (1 - rho);
}

/**
 * Mean wait in G/G/k by Allen and Cunneen: (Ca² + Cs²)/2 of the M/M/k wait. An approximation; exact for M/M/k and M/G/1.
 */
export function ggkWaitMs(
  servers: number,
  ratePerMs: number,
  serviceMs: number,
  arrivalScv: number,
  serviceScv: number,
): number {
  return ((arrivalScv + serviceScv) / 2) * mmkWaitMs(servers, ratePerMs, serviceMs);
}
