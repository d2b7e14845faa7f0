/** The ledger: every sample with its outcome, its place, its phase and its blame. All analyses start from it. */

import { type Variance, varianceOf } from '../trino/determinism.ts';
import { coordinatorSuffix } from '../trino/query-id.ts';
import { blameFor } from './blame.ts';
import { referenceResults } from './expected.ts';
import { type FleetHistory, type Incarnation, type Kill, ownerAlive, readFleet } from './incarnations.ts';
import { type Outside, outsideRule } from './measured.ts';
import { type Classified, classify } from './outcomes.ts';
import { decisiveUs, type Phase, phaseAt, readPhases } from './phases.ts';
import type { RunRecord } from './run-info.ts';
import type { Arm, Sample } from './sample.ts';
import { type Blame, DROP_OUTCOMES, type Outcome } from './summary.ts';
import type { ClusterLife } from './told.ts';
import { hasRun, type JoinedLives, joinLives, type LifeFlags, lifeFlags } from './two-lives.ts';

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
  /** Set for what is in no figure of time, since the load was only beginning or ending. */
  readonly outside: Outside | undefined;
  /** What the clusters told of it. */
  readonly lives: readonly ClusterLife[];
  readonly flags: LifeFlags;
  /** Why its result cannot be compared with that of another execution. */
  readonly variance: Variance | undefined;
}

export interface Ledger {
  readonly lives: JoinedLives;
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
  const lives = joinLives(info.id, samples, record.told ?? []);
  const varies = varianceByFingerprint(record.texts);
  const referenceOf = referenceResults(samples, varies);
  const partners = pairMembers(samples);
  const outside = outsideRule(record);
  const entries = samples.map((sample): Entry => {
    // A query that was run again ended where it ran last.
    const suffix = coordinatorSuffix(sample.rerunId === '' ? sample.queryId : sample.rerunId) ?? '';
    const told = lives.of(sample);
    const classified = classify(sample, {
      partner: sample.pair < 0 ? undefined : partners[other(sample)].get(sample.pair),
      reference: referenceOf(sample),
      ownerAlive: suffix === '' ? undefined : ownerAlive(fleet, suffix, sample.lastUs),
    });
    const { outcome, cause } = resolved(classified, sample, told, record, fleet);
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
      outside: outside(sample),
      lives: told,
      flags: lifeFlags(sample, outcome, told, fleet),
      variance: varianceIn(sample, varies),
    };
  });
  const arms: Record<Sample['arm'], Entry[]> = { gateway: [], baseline: [], noise: [] };
  for (const entry of entries) arms[entry.sample.arm].push(entry);
  return { entries, lives, ...arms, fleet, phases, endUs };
}

/**
 * A statement whose POST was lost may have run or not; where the clusters tell all they run, it is known. A coordinator
 * that died meanwhile may have taken its word with it.
 */
function resolved(
  classified: Classified,
  { lastUs, sentUs, expectedGroup }: Sample,
  lives: readonly ClusterLife[],
  { info: { evidence } }: RunRecord,
  { kills }: FleetHistory,
): Classified {
  if (classified.outcome !== 'submit-unknown') return classified;
  const { cause } = classified;
  const [ran] = lives.filter(hasRun);
  if (ran !== undefined) return { outcome: 'orphaned', cause: `${cause}; it ran on ${ran.cluster}` };
  const isTold = evidence === 'listener';
  const died = kills.some(
    (k) => (expectedGroup === '' || k.group === expectedGroup) && k.atUs >= sentUs && k.atUs <= lastUs,
  );
  return isTold && !died ? { outcome: 'rejected', cause: `${cause}; no cluster ran it` } : classified;
}

type Varies = (fingerprint: string) => Variance | undefined;

const CUT_SHORT: Variance = { compare: 'nothing', why: 'its client had enough rows' };

function varianceIn(sample: Sample, varies: Varies): Variance | undefined {
  if (sample.enoughRows >= 0) return CUT_SHORT;
  return sample.expected === undefined ? varies(sample.fingerprint) : undefined;
}

function varianceByFingerprint(texts: ReadonlyMap<string, string> | undefined): Varies {
  const known = new Map<string, Variance | undefined>();
  return (fingerprint) => {
    if (!known.has(fingerprint)) known.set(fingerprint, varianceOf(texts?.get(fingerprint) ?? ''));
    return known.get(fingerprint);
  };
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
