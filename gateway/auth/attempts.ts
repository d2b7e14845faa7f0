/**
 * How often somebody may fail to log in: counted per address and per name, in bounded memory. Behind a load balancer
 * the address is everybody's, so whoever guesses holds up others: those who were right before are not counted here.
 */

export interface AttemptLimits {
  /** Failures in the window after which further attempts are turned away unseen. */
  readonly mostFailures: number;
  readonly windowMs: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = { mostFailures: 10, windowMs: 60_000 };
const MOST_ENTRIES = 10_000;

export interface Attempts {
  /** Milliseconds until another attempt is looked at; 0 when one may be made now. */
  waitMs(address: string, name: string): number;
  failed(address: string, name: string): void;
  /** Forgets the failures with the name; not for a password that was right before: guesses between its uses count on. */
  succeeded(address: string, name: string): void;
  /** Counters held: two a failure at most. */
  readonly size: number;
}

interface Failures {
  count: number;
  readonly sinceMs: number;
}

/** `nowMs` is any clock that does not run backwards. */
export function attempts(nowMs: () => number, limits: AttemptLimits = ATTEMPT_LIMITS): Attempts {
  const seen = new Map<string, Failures>();
  // One address guessing at many names, and many addresses guessing at one name, are both held up.
  const keys = (address: string, name: string) => [`a ${address}`, `n ${name.slice(0, 200)} ${address}`];
  const current = (key: string) => {
    const failures = seen.get(key);
    if (failures === undefined || nowMs() - failures.sinceMs < limits.windowMs) return failures;
    seen.delete(key);
    return undefined;
  };
  // An office behind one address has many people in it: the address as a whole gets more attempts.
  const most = (key: string) => (key.startsWith('a ') ? limits.mostFailures * 10 : limits.mostFailures);
  return {
    waitMs(address, name) {
      const waits = keys(address, name).map((key) => {
        const failures = current(key);
        return failures === undefined || failures.count < most(key)
          ? 0
          : failures.sinceMs + limits.windowMs - nowMs();
      });
      return Math.max(...waits);
    },
    failed(address, name) {
      for (const key of keys(address, name)) {
        const failures = current(key);
        if (failures !== undefined) failures.count++;
        else seen.set(key, { count: 1, sinceMs: nowMs() });
      }
      for (const oldest of seen.keys()) {
        if (seen.size <= MOST_ENTRIES) break;
        seen.delete(oldest);
      }
    },
    succeeded(address, name) {
      seen.delete(keys(address, name)[1] ?? '');
    },
    get size() {
      return seen.size;
    },
  };
}
