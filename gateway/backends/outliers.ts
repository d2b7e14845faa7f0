/**
 * Passive ejection: what the proxy meets itself, between the checks and besides them. Statements that break off or are
 * answered 502 to 504, several in a row, put a backend out for a time, longer with each time; then it gets queries
 * again as soon as a check has passed, and one more failure puts it out again. A refused connection needs no counting:
 * the backend is UNHEALTHY at once, until a check passes.
 */

export interface OutlierSettings {
  /** Failures in a row; 0 ejects nobody. */
  readonly failures: number;
  /** Milliseconds of the first time out; the n-th time is n times as long, up to `longest`. */
  readonly ejectFor: number;
  readonly longest: number;
}

/** What has been met of one backend; counts since start. */
export interface PassiveView {
  readonly failuresInARow: number;
  readonly failures: number;
  readonly refusals: number;
  readonly ejections: number;
  /** Ejections that were left out, as nothing else could have taken the queries. */
  readonly spared: number;
  /** Until when it is out, on the monotonic clock; undefined when it is not. */
  readonly ejectedUntilMs: number | undefined;
}

export const NOTHING_MET: PassiveView = {
  failuresInARow: 0,
  failures: 0,
  refusals: 0,
  ejections: 0,
  spared: 0,
  ejectedUntilMs: undefined,
};

interface Met {
  view: PassiveView;
  /** Times out, one after the other; forgotten after a success. */
  times: number;
  /** After a time out one failure is enough. */
  isOnTrial: boolean;
}

export class Outliers {
  readonly #settings: () => OutlierSettings;
  readonly #nowMs: () => number;
  readonly #met = new Map<string, Met>();

  constructor(settings: () => OutlierSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  view(proxyTo: string): PassiveView {
    return this.#met.get(proxyTo)?.view ?? NOTHING_MET;
  }

  isEjected(proxyTo: string): boolean {
    const met = this.#met.get(proxyTo);
    const untilMs = met?.view.ejectedUntilMs;
    if (met === undefined || untilMs === undefined) return false;
    if (this.#nowMs() < untilMs) return true;
    met.view = { ...met.view, ejectedUntilMs: undefined };
    met.isOnTrial = true;
    return false;
  }

  refused(proxyTo: string): void {
    const met = this.#metAt(proxyTo);
    met.view = { ...met.view, refusals: met.view.refusals + 1 };
  }

  /** True when that changed anything. */
  succeeded(proxyTo: string): boolean {
    const met = this.#met.get(proxyTo);
    if (met === undefined || met.view.failuresInARow === 0) return false;
    met.view = { ...met.view, failuresInARow: 0 };
    met.times = 0;
    met.isOnTrial = false;
    return true;
  }

  /** Milliseconds that the backend is out from now; undefined when it is not put out by this failure. */
  failed(proxyTo: string, isLast: () => boolean): number | undefined {
    const met = this.#metAt(proxyTo);
    const inARow = met.view.failuresInARow + 1;
    met.view = { ...met.view, failuresInARow: inARow, failures: met.view.failures + 1 };
    const { ejectFor, failures, longest } = this.#settings();
    const isDue = failures > 0 && (met.isOnTrial || inARow >= failures) && !this.isEjected(proxyTo);
    if (!isDue) return undefined;
    if (isLast()) {
      met.view = { ...met.view, spared: met.view.spared + 1 };
      return undefined;
    }
    met.times++;
    const forMs = Math.min(ejectFor * met.times, longest);
    met.isOnTrial = false;
    met.view = { ...met.view, ejections: met.view.ejections + 1, ejectedUntilMs: this.#nowMs() + forMs };
    return forMs;
  }

  #metAt(proxyTo: string): Met {
    const known = this.#met.get(proxyTo);
    if (known !== undefined) return known;
    const met = { view: NOTHING_MET, times: 0, isOnTrial: false };
    this.#met.set(proxyTo, met);
    return met;
  }
}
