/** The ledger: every sample with its outcome, its place, its phase and its blame. All analyses start from it. */
import { type Variance, varianceOf } from '../../trino/determinism.ts';
import { coordinatorSuffix } from '../../trino/query-id.ts';
import {
  CodedColumn,
  type Column,
  computed,
  groupPlaces,
  NumberColumn,
  type Places,
  placesOf,
  type Table,
  tableOf,
} from '../record/columns.ts';
import type { RunInfo, RunRecord } from '../record/run-info.ts';
import type { Arm, Sample } from '../record/sample.ts';
import type { Samples } from '../record/samples.ts';
import type { ClusterLife } from '../record/told.ts';
import { type Blame, DROP_OUTCOMES, type Outcome } from '../summary/outcome.ts';
import { blameFor } from './blame.ts';
import { concernsOf } from './concerns.ts';
import { type EvidenceFound, evidenceOf } from './evidence.ts';
import { referenceResults } from './expected.ts';
import { fullClusters } from './full-clusters.ts';
import { type FleetHistory, type Incarnation, type Kill, ownerAlive, readFleet } from './incarnations.ts';
import { type Outside, outsideRule } from './measured.ts';
import { type Classified, classify, type Witnesses } from './outcomes.ts';
import { decisiveUs, type Phase, phaseAt, readPhases } from './phases.ts';
import { withSignsOfLife } from './signs-of-life.ts';
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
  /** Timeline action of a drop: its kill's, else that of its phase if it concerns the query's group; −1 for none. */
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
  readonly samples: Samples;
  /** A line for each sample, at its place. */
  readonly entries: Table<Entry>;
  /** Places of each arm's entries, in the order of the record. */
  readonly gateway: Places;
  readonly baseline: Places;
  readonly noise: Places;
  readonly lives: JoinedLives;
  readonly found: EvidenceFound;
  readonly fleet: FleetHistory;
  readonly phases: readonly Phase[];
  readonly endUs: number;
}

/** Judges every sample of a run. */
export function buildLedger(record: RunRecord): Ledger {
  const { info, samples, events } = record;
  const fleet = withSignsOfLife(readFleet(info, events), samples);
  const endUs = lastMomentUs(record);
  const phases = readPhases(events, endUs);
  const lives = joinLives(runIdsOf(info), samples, record.told ?? []);
  const found = evidenceOf(record);
  const columns = entryColumns(samples.length);
  const varies = samples.fingerprint.map((fingerprint) => varianceOf(record.texts?.get(fingerprint) ?? ''));
  const outside = outsideRule(record);
  const witnesses = witnessesOf(record, fleet, varies);
  const concerns = concernsOf(events, fleet);
  for (let place = 0; place < samples.length; place++) {
    const sample = samples.at(place);
    const suffix = suffixOf(sample);
    const told = lives.of(sample);
    const { outcome, cause } = resolved(classify(sample, witnesses), sample, told, found, fleet);
    columns.outcome.set(place, outcome);
    columns.cause.set(place, cause);
    columns.suffix.set(place, suffix);
    columns.outside.set(place, outside(sample));
    columns.lives.set(place, told);
    columns.flags.set(place, lifeFlags(sample, outcome, told, fleet));
    columns.variance.set(place, varianceIn(sample, varies.at(place)));
    const atUs = decisiveUs(sample, outcome);
    const phase = phaseAt(phases, atUs);
    columns.atUs.set(place, atUs);
    columns.phase.set(place, phase);
    const dropped = DROP_OUTCOMES.has(outcome);
    const { blame, kill } = dropped ? blameFor(sample, suffix, fleet, info.judge.detectionMs) : NOBODY;
    columns.blame.set(place, blame);
    columns.kill.set(place, kill);
    const duringAction = phases[phase]?.action ?? -1;
    const ranIn = fleet.bySuffix.get(suffix)?.group;
    const hurtBy = concerns(duringAction, sample.expectedGroup, ranIn) ? duringAction : -1;
    const killAction = kill?.action ?? -1;
    columns.action.set(place, killAction >= 0 ? killAction : hurtBy);
  }
  const entries = tableOf<Entry>(samples.length, {
    sample: computed(samples.at),
    owner: columns.suffix.map((suffix) => fleet.bySuffix.get(suffix)),
    dropped: columns.outcome.map((outcome) => DROP_OUTCOMES.has(outcome)),
    ...columns,
  });
  return { samples, entries, ...placesByArm(samples), lives, found, fleet, phases, endUs };
}

/** Queries of a merged run carry the names of its parts. */
const runIdsOf = ({ id, shards }: RunInfo): ReadonlySet<string> => new Set([id, ...(shards?.ids ?? [])]);

const NOBODY = { blame: null, kill: null };

function entryColumns(length: number) {
  return {
    outcome: new CodedColumn<Outcome>(length, 'finished'),
    cause: new CodedColumn(length, ''),
    suffix: new CodedColumn(length, ''),
    phase: new NumberColumn(length),
    atUs: new NumberColumn(length),
    blame: new CodedColumn<Blame | null>(length, null),
    kill: new CodedColumn<Kill | null>(length, null),
    action: new NumberColumn(length),
    outside: new CodedColumn<Outside | undefined>(length, undefined),
    lives: new CodedColumn<readonly ClusterLife[]>(length, []),
    flags: new CodedColumn<LifeFlags | undefined>(length, undefined) as CodedColumn<LifeFlags>,
    variance: new CodedColumn<Variance | undefined>(length, undefined),
  };
}

/** Of the query's id, '' without one. A query that was run again ended where it ran last. */
const suffixOf = ({ queryId, rerunId }: Sample): string =>
  coordinatorSuffix(rerunId === '' ? queryId : rerunId) ?? '';

function placesByArm(samples: Samples): Readonly<Record<Arm, Places>> {
  const all = groupPlaces(placesOf(samples), (place) => samples.arm.at(place));
  const of = (arm: Arm) => all.get(arm) ?? new Uint32Array();
  return { gateway: of('gateway'), baseline: of('baseline'), noise: of('noise') };
}

function witnessesOf(
  { samples }: RunRecord,
  fleet: FleetHistory,
  varies: Column<Variance | undefined>,
): Witnesses {
  const full = fullClusters();
  for (let place = 0; place < samples.length; place++)
    if (samples.arm.at(place) !== 'gateway' && samples.errorName.at(place) !== '')
      full.add(samples.at(place));
  return {
    fullEverywhere: (sample) => full.met(sample, fleet),
    partnerOf: partners(samples),
    referenceOf: referenceResults(samples, varies),
    ownerAlive: (sample) => ownerAlive(fleet, suffixOf(sample), sample.lastUs),
  };
}

/**
 * A statement whose POST was lost may have run or not; where the clusters tell all they run, it is known. A coordinator
 * that died meanwhile may have taken its word with it.
 */
function resolved(
  classified: Classified,
  { lastUs, sentUs, expectedGroup }: Sample,
  lives: readonly ClusterLife[],
  { evidence }: EvidenceFound,
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

const CUT_SHORT: Variance = { compare: 'nothing', why: 'its client had enough rows' };

function varianceIn(sample: Sample, ofStatement: Variance | undefined): Variance | undefined {
  if (sample.enoughRows >= 0) return CUT_SHORT;
  return sample.expected === undefined ? ofStatement : undefined;
}

/** Finds the member of a sample's pair that is its witness; the pairs are listed when somebody asks. */
function partners(samples: Samples): (sample: Sample) => Sample | undefined {
  let byPair: Readonly<Record<Arm, ReadonlyMap<number, number>>> | undefined;
  return ({ arm, pair }) => {
    if (pair < 0) return undefined;
    byPair ??= pairMembers(samples);
    const place = byPair[arm === 'baseline' ? 'gateway' : 'baseline'].get(pair);
    return place === undefined ? undefined : samples.at(place);
  };
}

/** Places of the members of pairs. */
function pairMembers({ arm, length, pair }: Samples): Readonly<Record<Arm, ReadonlyMap<number, number>>> {
  const members = { gateway: new Map(), baseline: new Map(), noise: new Map() };
  for (let place = 0; place < length; place++)
    if (pair.at(place) >= 0) members[arm.at(place)].set(pair.at(place), place);
  return members;
}

function lastMomentUs({ events, samples: { intendedUs, lastUs, length, sentUs } }: RunRecord): number {
  let last = 0;
  for (let i = 0; i < length; i++) last = Math.max(last, lastUs.at(i), sentUs.at(i), intendedUs.at(i));
  for (const event of events) last = Math.max(last, event.atUs);
  return last;
}
