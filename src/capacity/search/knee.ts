/**
 * The search for the highest load that meets the objectives: up in steps from a safe load to the first that does not,
 * bisection between them, then repeated confirmation on both sides (the goal-driven search of the IETF's MLRsearch
 * draft and Nighthawk's step controller). The answer is an interval, never one number alone.
 */
import { judgeTrial, type TrialJudgement } from './judge.ts';
import type { LoadKind, Objectives, SystemUnderTest } from './trial.ts';

export interface SearchOptions {
  readonly kind: LoadKind;
  readonly objectives: Objectives;
  /** First load, thought to be safe. */
  readonly from: number;
  /** Highest load that may be tried. */
  readonly upTo: number;
  /** Each step is so many times the one before. */
  readonly step: number;
  /** The search ends when the interval is no wider than this share of its lower end. */
  readonly precision: number;
  /** So many more trials on each side at the end; most of all trials at a load decide. */
  readonly confirmations: number;
  readonly mostTrials: number;
  readonly onTrial?: (judgement: TrialJudgement) => void;
  readonly signal?: AbortSignal;
}

export type KneeResult = KneeFound | KneeNotFound;

export interface KneeFound {
  readonly kind: 'found';
  readonly loadKind: LoadKind;
  /** Highest load at which most trials held, and the lowest at which most broke. */
  readonly low: number;
  readonly high: number;
  /** Where between them the p95 passes its limit. */
  readonly estimate: number;
  readonly trials: readonly TrialJudgement[];
}

export interface KneeNotFound {
  readonly kind: 'inconclusive';
  readonly loadKind: LoadKind;
  readonly why: 'below-range' | 'above-range' | 'unclear' | 'trials-used-up' | 'interrupted';
  /** What would have to be different, for people. */
  readonly missing: readonly string[];
  /** Highest load that held; null when none did. */
  readonly low: number | null;
  readonly trials: readonly TrialJudgement[];
}

/** A p95 this near its limit is tried again at once, either way. */
const NEAR_LIMIT = 0.15;
/** Unclear trials in a row that end the search. */
const MOST_UNCLEAR = 3;

/** Searches. Trials that cannot tell are repeated, and end the search as inconclusive when they stay so. */
export async function searchKnee(system: SystemUnderTest, options: SearchOptions): Promise<KneeResult> {
  const search = new Search(system, options);
  try {
    return await search.run();
  } catch (error) {
    if (error instanceof GiveUp) return search.inconclusive(error.why, error.missing);
    if (options.signal?.aborted)
      return search.inconclusive('interrupted', [
        'the end of the search, which was interrupted: run the study again without --measured',
      ]);
    throw error;
  }
}

class GiveUp extends Error {
  readonly why: KneeNotFound['why'];
  readonly missing: readonly string[];
  constructor(why: KneeNotFound['why'], missing: readonly string[]) {
    super(why);
    this.why = why;
    this.missing = missing;
  }
}

class Search {
  readonly #system: SystemUnderTest;
  readonly #options: SearchOptions;
  readonly #trials: TrialJudgement[] = [];
  #low: number | undefined;
  #high: number | undefined;

  constructor(system: SystemUnderTest, options: SearchOptions) {
    this.#system = system;
    this.#options = options;
  }

  async run(): Promise<KneeFound> {
    await this.#climb();
    for (;;) {
      await this.#bisect();
      // A confirmation that turns the vote moves an end, and the bisection goes on from there.
      if (await this.#confirm()) break;
    }
    const { low, high } = this.#ends();
    return {
      kind: 'found',
      loadKind: this.#options.kind,
      low,
      high,
      estimate: this.#passing(low, high),
      trials: this.#trials,
    };
  }

  inconclusive(why: KneeNotFound['why'], missing: readonly string[]): KneeNotFound {
    const { kind } = this.#options;
    return {
      kind: 'inconclusive',
      loadKind: kind,
      why,
      missing,
      low: this.#low ?? null,
      trials: this.#trials,
    };
  }

  async #climb(): Promise<void> {
    const { from, kind, step, upTo } = this.#options;
    for (let load = from; ; load = next(load, step, kind, upTo)) {
      if (await this.#holds(load)) this.#low = load;
      else {
        this.#high = load;
        break;
      }
      if (load >= upTo)
        throw new GiveUp('above-range', [
          `the objectives still hold at ${format(load)}, the highest load allowed: raise search.upTo`,
        ]);
    }
    if (this.#low === undefined)
      throw new GiveUp('below-range', [
        `the objectives do not hold even at ${format(from)}, the lowest load: lower search.from, or look at the objectives (${this.#trials.at(-1)?.reasons.join(', ')})`,
      ]);
  }

  async #bisect(): Promise<void> {
    const { kind, precision } = this.#options;
    for (;;) {
      const { low, high } = this.#ends();
      if ((high - low) / low <= precision) return;
      const middle = kind === 'rate' ? (low + high) / 2 : Math.floor((low + high) / 2);
      if (middle <= low) return;
      if (await this.#holds(middle)) this.#low = middle;
      else this.#high = middle;
    }
  }

  /** Both ends again; false when one of them changed its mind. */
  async #confirm(): Promise<boolean> {
    const { low, high } = this.#ends();
    for (let i = 0; i < this.#options.confirmations; i++) {
      await this.#trial(low);
      await this.#trial(high);
    }
    const { step } = this.#options;
    if (!this.#vote(low)) {
      this.#high = low;
      const held = this.#trials.filter((t) => t.load < low && this.#vote(t.load)).map((t) => t.load);
      this.#low = held.length > 0 ? Math.max(...held) : low / step;
      return false;
    }
    if (this.#vote(high)) {
      this.#low = high;
      const broke = this.#trials.filter((t) => t.load > high && !this.#vote(t.load)).map((t) => t.load);
      this.#high = broke.length > 0 ? Math.min(...broke) : high * step;
      return false;
    }
    return true;
  }

  /** Decides a load: one trial, or the majority of three when the first was near the limit; two that agree are one. */
  async #holds(load: number): Promise<boolean> {
    const first = await this.#trial(load);
    if (Math.abs(first.strain - 1) < NEAR_LIMIT) {
      const second = await this.#trial(load);
      if (second.verdict !== first.verdict) await this.#trial(load);
    }
    return this.#vote(load);
  }

  /**
   * The load between both ends at which the p95 passes its limit, by the mean logarithms of p95 over limit at the two: it
   * scatters less than their middle (2.0 instead of 2.4 % at trials of 640 mean service times, by simulation). The middle
   * where another objective was the one that broke.
   */
  #passing(low: number, high: number): number {
    const [below, above] = [this.#meanLogStrain(low), this.#meanLogStrain(high)];
    const share = below < 0 && above > 0 ? below / (below - above) : 0.5;
    return low + share * (high - low);
  }

  #meanLogStrain(load: number): number {
    const clear = this.#trials.filter((t) => t.load === load && t.verdict !== 'unclear');
    return clear.reduce((sum, t) => sum + Math.log(t.strain), 0) / clear.length;
  }

  /** Whether most of the trials at a load held. */
  #vote(load: number): boolean {
    const clear = this.#trials.filter((t) => t.load === load && t.verdict !== 'unclear');
    return clear.filter((t) => t.verdict === 'holds').length * 2 > clear.length;
  }

  async #trial(load: number): Promise<TrialJudgement> {
    const { kind, mostTrials, objectives, onTrial, signal } = this.#options;
    for (let unclear = 1; ; unclear++) {
      signal?.throwIfAborted();
      if (this.#trials.length >= mostTrials)
        throw new GiveUp('trials-used-up', [
          `an answer within ${mostTrials} trials: raise search.mostTrials or search.precision, or make trials longer`,
        ]);
      const repeat = this.#trials.length;
      const judgement = judgeTrial(await this.#system.run(kind, load, repeat), objectives);
      this.#trials.push(judgement);
      onTrial?.(judgement);
      if (judgement.verdict !== 'unclear') return judgement;
      if (unclear >= MOST_UNCLEAR) throw new GiveUp('unclear', judgement.reasons);
    }
  }

  #ends(): { low: number; high: number } {
    return { low: this.#low ?? 0, high: this.#high ?? 0 };
  }
}

function next(load: number, step: number, kind: LoadKind, upTo: number): number {
  const raised = kind === 'rate' ? load * step : Math.max(load + 1, Math.round(load * step));
  return Math.min(upTo, raised);
}

const format = (load: number) => String(Number(load.toPrecision(3)));
