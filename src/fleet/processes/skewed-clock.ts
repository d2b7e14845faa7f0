/** Loaded before the main module of a process that is to have a wrong wall clock; its monotonic clock stays right. */
import { env } from 'node:process';

/** Milliseconds that the wall clock is ahead. */
export const SKEW_VARIABLE = 'REHEARSE_CLOCK_AHEAD_MS';

const aheadMs = Number(env[SKEW_VARIABLE] ?? 0);

if (aheadMs !== 0) {
  const now = Date.now.bind(Date);
  const Right = Date;
  globalThis.Date = new Proxy(Right, {
    // Only "now" is wrong; a date that is asked for by its parts is that date.
    construct: (target, args) =>
      args.length === 0 ? new target(now() + aheadMs) : Reflect.construct(target, args),
    apply: () => new Right(now() + aheadMs).toString(),
    get: (target, key) => (key === 'now' ? () => now() + aheadMs : Reflect.get(target, key)),
  });
}
