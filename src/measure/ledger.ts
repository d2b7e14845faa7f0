/** The ledger: every sample with its outcome, its place, its phase and its blame. All analyses start from it. */
import { coordinatorSuffix } from '../trino/query-id.ts';
import { blameFor } from './blame.ts';
import { referenceResults } from './expected.ts';
import { type FleetHistory, type Incarnation, type Kill, ownerAlive, readFleet } from './incarnations.ts';
import { classify } from './outcomes.ts';
import { decisiveUs, type Phase, phaseAt, readPhases } from './phases.ts';
import type { RunRecord } from './run-info.ts';
import type { Arm, Sample } from './sample.ts';
import { type Blame, DROP_OUTCOMES, type Outcome } from './summary.ts';

/** One line of the ledger. */
export interface Entry {
  readonly sample: Sample;
  readonly outcome: Outcome;
  readonly cause: string;
  /** Suffix of the query id, '' without one. */
  readonly suffix: string;
  /** The process that ran it by its id; undefined without an id or when nobody owns the suffix. */
  readonly owner: Incarnation | undefined;
  /** Index into the ledger's phases. */
  readonly phase: number;
  /** The moment that decided the phase. */
  readonly atUs: number;
  readonly dropped: boolean;
  /** Null for what is no drop. */
  readonly blame: Blame | null;
  readonly kill: Kill | null;
  /** Timeline action of a drop (its kill's, else its phase's), −1 for none. */
  readonly action: number;
}

export interface Ledger {
  readonly entries: readonly Entry[];
  readonly gateway: readonly Entry[];
  readonly baseline: readonly Entry[];
  readonly noise: readonly Entry[];
  readonly fleet: FleetHistory;
  readonly phases: readonly Phase[];
  readonly endUs: number;
}

/** Judges every sample of a run. */
export function buildLedger(record: RunRecord): Ledger {
  const { info, samples, events } = record;
  const fleet = readFleet(info, events);
  const endUs = lastMomentUs(record);
  const phases = readPhases(events, endUs);
  const referenceOf = referenceResults(samples);
  const partners = pairMembers(samples);
  const entries = samples.map((sample): Entry => {
    const suffix = coordinatorSuffix(sample.queryId) ?? '';
    const { outcome, cause } = classify(sample, {
      partner: sample.pair < 0 ? undefined : partners[other(sample)].get(sample.pair),
      reference: referenceOf(sample),
      ownerAlive: suffix === '' ? undefined : ownerAlive(fleet, suffix, sample.lastUs),
    });
    const dropped = DROP_OUTCOMES.has(outcome);
    const blamed = dropped ? blameFor(sample, suffix, fleet, info.judge.detectionMs) : null;
    const atUs = decisiveUs(sample, outcome);
    const phase = phaseAt(phases, atUs);
    const killAction = blamed?.kill?.action ?? -1;
    const action = killAction >= 0 ? killAction : (phases[phase]?.action ?? -1);
    const owner = fleet.bySuffix.get(suffix);
    const blame = blamed?.blame ?? null;
    return {
      sample,
      outcome,
      cause,
      suffix,
      owner,
      phase,
      atUs,
      dropped,
      blame,
      kill: blamed?.kill ?? null,
      action,
    };
  });
  const ofArm = (arm: Sample['arm']) => entries.filter((e) => e.sample.arm === arm);
  const arms = { gateway: ofArm('gateway'), baseline: ofArm('baseline'), noise: ofArm('noise') };
  return { entries, ...arms, fleet, phases, endUs };
}

/** The arm whose member of the pair is this one's witness. */
const other = ({ arm }: Sample): Arm => (arm === 'baseline' ? 'gateway' : 'baseline');

function pairMembers(samples: readonly Sample[]): Readonly<Record<Arm, Map<number, Sample>>> {
  const members: Record<Arm, Map<number, Sample>> = {
    gateway: new Map(),
    baseline: new Map(),
    noise: new Map(),
  };
  for (const sample of samples) if (sample.pair >= 0) members[sample.arm].set(sample.pair, sample);
  return members;
}

function lastMomentUs(record: RunRecord): number {
  let last = 0;
  for (const s of record.samples) last = Math.max(last, s.lastUs, s.sentUs, s.intendedUs);
  for (const e of record.events) last = Math.max(last, e.atUs);
  return last;
}
