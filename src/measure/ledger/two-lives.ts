/**
 * The ledger's join: what the client lived of a query, and what the clusters told of it, found by the trace token and by
 * query id. Nothing here believes the gateway: a re-run that it declares is one only where the first execution is
 * proven to have been lost.
 */
import { coordinatorSuffix } from '../../trino/query-id.ts';
import type { Sample } from '../record/sample.ts';
import { type ClusterLife, clusterLives, type Told } from '../record/told.ts';
import { placeOf, tokenPlace } from '../record/trace-token.ts';
import { DROP_OUTCOMES, type Outcome } from '../summary/outcome.ts';
import type { FleetHistory } from './incarnations.ts';

export interface JoinedLives {
  /** Executions of a sample, in the order in which they were heard of. */
  of(sample: Sample): readonly ClusterLife[];
  /** Executions that belong to samples of the run. */
  readonly executions: number;
  /** Told, and of nobody in the plan: the gateway's checks, the fleet's probes, other people's queries. */
  readonly foreign: number;
  /** With a token of this run, and of no sample: the ledger does not balance. */
  readonly strays: readonly ClusterLife[];
}

const NONE: readonly ClusterLife[] = [];

/** `runIds`: what the tokens of the run's queries begin with. */
export function joinLives(
  runIds: ReadonlySet<string>,
  samples: Iterable<Sample>,
  told: readonly Told[],
): JoinedLives {
  const byPlace = new Map<string, ClusterLife[]>();
  // Without anything told there is nothing to find, and a million samples need not be listed.
  const { known, placeOfId } = placesOf(told.length === 0 ? [] : samples);
  const strays: ClusterLife[] = [];
  let executions = 0;
  let foreign = 0;
  for (const life of clusterLives(told)) {
    const byToken = tokenPlace(runIds, life.token);
    const place = byToken ?? placeOfId.get(life.queryId);
    if (place === undefined) foreign++;
    else if (!known.has(place)) strays.push(life);
    else {
      executions++;
      const lives = byPlace.get(place);
      if (lives === undefined) byPlace.set(place, [life]);
      else lives.push(life);
    }
  }
  const none = byPlace.size === 0;
  const of = (sample: Sample) => (none ? NONE : (byPlace.get(placeOf(sample)) ?? NONE));
  return { of, executions, foreign, strays };
}

function placesOf(samples: Iterable<Sample>) {
  const known = new Set<string>();
  const placeOfId = new Map<string, string>();
  for (const sample of samples) {
    const place = placeOf(sample);
    known.add(place);
    for (const id of [sample.queryId, sample.rerunId]) if (id !== '') placeOfId.set(id, place);
  }
  return { known, placeOfId };
}

/** Ended before anything was read: not an execution that a second one would double. */
const NEVER_RAN: ReadonlySet<string> = new Set([
  'SERVER_STARTING_UP',
  'NO_NODES_AVAILABLE',
  'QUERY_QUEUE_FULL',
]);

export const hasRun = ({ errorName }: ClusterLife): boolean => !NEVER_RAN.has(errorName);

/**
 * - `none`: no re-run was declared.
 * - `proven`: declared, and the first execution was lost with its process, or never read anything.
 * - `unproven`: declared, but the first execution went on or ended well: the statement was executed twice.
 */
export type RerunProof = 'none' | 'proven' | 'unproven';

export interface LifeFlags {
  readonly rerun: RerunProof;
  /** Executions beyond the one that the client was to have. */
  readonly duplicates: number;
  /** An execution went on although its client was gone, or never knew of it. */
  readonly orphaned: boolean;
}

/** Of nearly all queries, so they share it. */
const PLAIN: LifeFlags = { rerun: 'none', duplicates: 0, orphaned: false };

export function lifeFlags(
  sample: Sample,
  outcome: Outcome,
  lives: readonly ClusterLife[],
  fleet: FleetHistory,
): LifeFlags {
  // Of most there is nothing to tell.
  if (lives.length === 0 && sample.rerunId === '' && outcome !== 'orphaned') return PLAIN;
  const rerun = rerunProof(sample, lives, fleet);
  const ran = lives.filter(hasRun);
  const superseded = rerun === 'none' ? '' : sample.queryId;
  const own = sample.rerunId === '' ? sample.queryId : sample.rerunId;
  const others = ran.filter(({ queryId }) => queryId !== own && queryId !== superseded).length;
  // Without an id the client was to have one execution at most: it is the orphan.
  const allowed = sample.queryId === '' ? Math.min(1, others) : 0;
  const duplicates = others - allowed + (rerun === 'unproven' ? 1 : 0);
  const current = ran.find(({ queryId }) => queryId === own);
  const orphaned =
    outcome === 'orphaned' || (current !== undefined && runsOn(sample, outcome, current, fleet));
  return rerun === 'none' && duplicates === 0 && !orphaned ? PLAIN : { rerun, duplicates, orphaned };
}

function rerunProof(sample: Sample, lives: readonly ClusterLife[], fleet: FleetHistory): RerunProof {
  if (sample.rerunId === '') return 'none';
  const first = lives.find(({ queryId }) => queryId === sample.queryId);
  if (first === undefined || !hasRun(first)) return 'proven';
  const process = fleet.bySuffix.get(coordinatorSuffix(sample.queryId) ?? '');
  const diedFirst = process !== undefined && process.toUs <= sample.lastUs;
  return diedFirst && !(first.state === 'FINISHED') ? 'proven' : 'unproven';
}

/** What may still be on its way when a client gives up: a cancel, the last page, the event of the end. */
const SLACK_US = 2_000_000;

/** True when nobody waits for an execution and it goes on all the same. */
function runsOn(sample: Sample, outcome: Outcome, life: ClusterLife, fleet: FleetHistory): boolean {
  if (!DROP_OUTCOMES.has(outcome) && outcome !== 'cancelled') return false;
  // It was served to its end; what was wrong with it is another matter.
  if (outcome === 'wrong' || sample.end === 'query-error') return false;
  const { toUs } = fleet.bySuffix.get(coordinatorSuffix(life.queryId) ?? '') ?? {
    toUs: Number.POSITIVE_INFINITY,
  };
  const endedUs = life.endedUs >= 0 ? life.endedUs : toUs;
  return endedUs > sample.lastUs + SLACK_US;
}

/** Where in the dialogue a query was lost. */
export type Whereabouts = 'submit' | 'first poll' | 'before rows' | 'among rows';

export function lostWhere({ firstPollUs, firstRowUs, stage }: Sample): Whereabouts {
  if (stage === 'submit') return 'submit';
  if (firstPollUs < 0) return 'first poll';
  return firstRowUs < 0 ? 'before rows' : 'among rows';
}
