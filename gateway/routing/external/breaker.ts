/**
 * Stops asking a service that keeps failing. After so many failures in a row it is open: nobody asks. When its time
 * is up one request may try; its success closes the breaker, its failure opens it for as long again.
 */
export interface Breaker {
  /** True when a request may be made now; its outcome has to be told afterwards. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
  /** `half-open` while one request is trying. */
  state(): 'closed' | 'open' | 'half-open';
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openForMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
}

export function createBreaker({ failures, openForMs, nowMs }: BreakerOptions): Breaker {
  let inARow = 0;
  let openUntilMs: number | undefined;
  let trying = false;
  return {
    allows() {
      if (openUntilMs === undefined) return true;
      if (trying || nowMs() < openUntilMs) return false;
      trying = true;
      return true;
    },
    succeeded() {
      inARow = 0;
      openUntilMs = undefined;
      trying = false;
    },
    failed() {
      inARow++;
      // Requests that were under way when it opened do not prolong it; the one that tried does.
      if (trying || (openUntilMs === undefined && inARow >= failures)) openUntilMs = nowMs() + openForMs;
      trying = false;
    },
    state: () => (openUntilMs === undefined ? 'closed' : trying ? 'half-open' : 'open'),
  };
}
