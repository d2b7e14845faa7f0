/**
 * What is certain of a query while the run goes on: judged by the words of the ledger, as soon as nothing that may still
 * come can make it another thing. What is not certain yet waits, or is left to the judge after the run.
 */
import { isMisrouted } from '../measure/analyses/routing.ts';
import { isStickinessBroken } from '../measure/analyses/stickiness.ts';
import { blameFor } from '../measure/ledger/blame.ts';
import { fullClusters, SAME_MOMENT_US } from '../measure/ledger/full-clusters.ts';
import { type FleetHistory, ownerAlive, readFleet } from '../measure/ledger/incarnations.ts';
import { classify } from '../measure/ledger/outcomes.ts';
import { signsSoFar } from '../measure/ledger/signs-of-life.ts';
import type { RunEvent } from '../measure/record/events.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Sample } from '../measure/record/sample.ts';
import { type Blame, DROP_OUTCOMES, type Outcome } from '../measure/summary/outcome.ts';
import { errorKind } from '../trino/error-kinds.ts';
import { coordinatorSuffix } from '../trino/query-id.ts';

/** One query of the gateway's arm, as far as it is certain. */
export interface EarlyEntry {
  readonly sample: Sample;
  readonly outcome: Outcome;
  readonly dropped: boolean;
}

/** What the life of a process decides of it, a second later: a loss is noticed after the first queries fell by it. */
export interface SettledEntry {
  /** Null for what is no drop, and where only all samples of the run can tell. */
  readonly blame: Blame | null;
  readonly brokeStickiness: boolean;
}

export interface EarlyOptions {
  readonly info: Pick<RunInfo, 'clusters' | 'judge'>;
  /** Whether the plan has executions that go straight to the clusters. */
  readonly hasDirect: boolean;
  onEntry(entry: EarlyEntry): void;
  onSettled(entry: SettledEntry): void;
  onMismatch(): void;
}

export interface EarlyLedger {
  sample(sample: Sample): void;
  event(event: RunEvent): void;
}

/** Samples come from threads in batches: one that ended so much earlier than another may still be on its way. So may the news of a loss. */
const ON_ITS_WAY_US = 1_000_000;

interface Waiting {
  readonly untilUs: number;
  readonly go: () => void;
}

export function earlyLedger({ info, hasDirect, onEntry, onMismatch, onSettled }: EarlyOptions): EarlyLedger {
  const events: RunEvent[] = [];
  const full = fullClusters();
  const pairs = partnersSoFar();
  const changing = changesUnderWay();
  const signs = signsSoFar();
  let known: FleetHistory | undefined;
  const later = waitingRoom();
  const undated = () => {
    known ??= readFleet(info, events);
    return known;
  };
  const fleet = () => signs.date(undated());

  const judge = (sample: Sample, partner: Sample | undefined) => {
    const suffix = coordinatorSuffix(sample.rerunId === '' ? sample.queryId : sample.rerunId) ?? '';
    const { outcome } = classify(sample, {
      partnerOf: () => partner,
      // Of other statements the right result is known when all have run.
      referenceOf: ({ enoughRows, expected }) =>
        enoughRows >= 0 || expected === undefined ? undefined : { result: expected, from: 'the plan' },
      fullEverywhere: (of) => full.met(of, fleet()),
      ownerAlive: (of) => ownerAlive(fleet(), suffix, of.lastUs),
    });
    const dropped = DROP_OUTCOMES.has(outcome);
    onEntry({ sample, outcome, dropped });
    if (!dropped && sample.strayAnswers === 0) return;
    later.wait(sample.lastUs + ON_ITS_WAY_US, () =>
      onSettled({
        blame: dropped ? certainBlame(sample, suffix) : null,
        brokeStickiness: isStickinessBroken(sample, outcome, fleet().bySuffix.get(suffix)),
      }),
    );
  };

  /** Alike by the signs of life so far, and by the latest that may still come: those of the moment of the notice. */
  const certainBlame = (sample: Sample, suffix: string): Blame | null => {
    const by = (history: FleetHistory) => blameFor(sample, suffix, history, info.judge.detectionMs).blame;
    const blame = by(fleet());
    return blame === by(undated()) ? blame : null;
  };

  /** By another group at once; by a cluster that was not active when no change of it can excuse it any more. */
  const route = (sample: Sample) => {
    const { expectedGroup, sentUs, queryId, rerunId } = sample;
    const owner = fleet().bySuffix.get(coordinatorSuffix(rerunId === '' ? queryId : rerunId) ?? '');
    if (owner === undefined || sentUs < 0) return;
    const toleranceMs = info.judge.routingToleranceMs;
    if (expectedGroup !== '' && owner.group !== expectedGroup) onMismatch();
    else if (isMisrouted(sample, owner, fleet(), toleranceMs))
      later.wait(sentUs + toleranceMs * 1000 + ON_ITS_WAY_US, () => {
        const isOpen = changing.has(owner.cluster);
        if (!isOpen && isMisrouted(sample, owner, fleet(), toleranceMs)) onMismatch();
      });
  };

  return {
    sample(sample) {
      full.add(sample);
      signs.add(sample, undated());
      const { errorName, errorType } = sample;
      if (sample.arm === 'gateway') {
        route(sample);
        const isError = sample.end === 'query-error';
        // Whether the clusters were full for all is known when their other queries of that time have ended.
        if (isError && hasDirect && errorKind(errorName, errorType) === 'capacity')
          later.wait(sample.lastUs + SAME_MOMENT_US + ON_ITS_WAY_US, () => judge(sample, undefined));
        else pairs.gateway(sample, isError, judge);
      } else if (sample.arm === 'baseline') pairs.baseline(sample);
      later.proceed(sample.lastUs);
    },
    event(event) {
      events.push(event);
      known = undefined;
      changing.note(event);
      later.proceed(event.atUs);
    },
  };
}

/** Calls back when the run's clock, as samples and events show it, has passed a moment. */
function waitingRoom() {
  let [nowUs, nextUs] = [0, Number.POSITIVE_INFINITY];
  let waiting: Waiting[] = [];
  return {
    wait(untilUs: number, go: () => void) {
      if (untilUs <= nowUs) return go();
      waiting.push({ untilUs, go });
      nextUs = Math.min(nextUs, untilUs);
    },
    proceed(atUs: number) {
      nowUs = Math.max(nowUs, atUs);
      if (nowUs < nextUs) return;
      const due = waiting.filter((w) => w.untilUs <= nowUs);
      waiting = waiting.filter((w) => w.untilUs > nowUs);
      nextUs = waiting.reduce((next, w) => Math.min(next, w.untilUs), Number.POSITIVE_INFINITY);
      for (const { go } of due) go();
    },
  };
}

/** Pairs whose members have not both ended: an error may be the query's own if its twin meets it, too. */
function partnersSoFar() {
  const twins = new Map<number, Sample>();
  const asking = new Map<number, (twin: Sample) => void>();
  const alone = new Set<number>();
  return {
    gateway(sample: Sample, needsTwin: boolean, go: (sample: Sample, twin: Sample | undefined) => void) {
      const { pair } = sample;
      const twin = twins.get(pair);
      twins.delete(pair);
      if (pair < 0 || twin !== undefined) go(sample, twin);
      else if (needsTwin) asking.set(pair, (other) => go(sample, other));
      else {
        alone.add(pair);
        go(sample, undefined);
      }
    },
    baseline(sample: Sample) {
      const { pair } = sample;
      if (pair < 0 || alone.delete(pair)) return;
      const go = asking.get(pair);
      asking.delete(pair);
      if (go === undefined) twins.set(pair, sample);
      else go(sample);
    },
  };
}

/** Clusters whose activation or deactivation has begun and not been answered. */
function changesUnderWay() {
  const clusters = new Set<string>();
  return {
    has: (cluster: string) => clusters.has(cluster),
    note({ type, cluster, step }: RunEvent) {
      const begun = type === 'step-started' ? /\b(?:de)?activate (\S+)$/.exec(step ?? '')?.[1] : undefined;
      if (begun !== undefined) clusters.add(begun);
      if ((type === 'cluster-activated' || type === 'cluster-deactivated') && cluster !== undefined)
        clusters.delete(cluster);
    },
  };
}
