/**
 * From what the client lived to what it amounts to: every sample gets exactly one outcome and a cause in plain
 * words (method notes, section 4; error kinds from the protocol notes, section 11).
 */
import { type ErrorKind, errorKind, isRejection } from '../../trino/error-kinds.ts';
import { isReadOnly, type StatementKind } from '../../trino/sql-kind.ts';
import type { Sample } from '../record/sample.ts';
import type { Outcome } from '../summary/outcome.ts';
import { difference, type Reference } from './expected.ts';

export interface Classified {
  readonly outcome: Outcome;
  /** One line; '' where nothing went wrong. */
  readonly cause: string;
}

/** What a sample is judged against, asked for where it matters. */
export interface Witnesses {
  /** The pair's other member, where there is one. */
  partnerOf(sample: Sample): Sample | undefined;
  referenceOf(sample: Sample): Reference | undefined;
  /** Whether direct executions met a cluster's error about that time wherever the query could have gone. */
  fullEverywhere(sample: Sample): boolean;
  /** Whether the process that issued the query's id still lived when the query ended; undefined when unknown. */
  ownerAlive(sample: Sample): boolean | undefined;
}

/** The outcome of one sample. */
export function classify(sample: Sample, witnesses: Witnesses): Classified {
  switch (sample.end) {
    case 'finished':
      return finished(sample, witnesses.referenceOf(sample));
    case 'query-error':
      return queryError(sample, witnesses);
    case 'http-error':
      return httpError(sample, witnesses.ownerAlive(sample));
    case 'transport-error':
      return transportError(sample, witnesses.ownerAlive(sample));
    case 'hung':
      return {
        outcome: 'hung',
        cause:
          witnesses.ownerAlive(sample) === false ? 'hung: owner was gone' : 'no progress until the limit',
      };
    case 'cancelled':
      return { outcome: 'cancelled', cause: '' };
    case 'never-sent':
      return { outcome: 'never-sent', cause: '' };
  }
}

const FINISHED: Classified = { outcome: 'finished', cause: '' };

function finished(sample: Sample, reference: Reference | undefined): Classified {
  const differs = reference === undefined ? undefined : difference(sample, reference);
  return differs === undefined ? FINISHED : { outcome: 'wrong', cause: `wrong result: ${differs}` };
}

const REASON: Readonly<Record<ErrorKind, string>> = {
  own: 'fails everywhere',
  roll: 'server going or coming',
  capacity: 'cluster full',
  operator: 'killed by somebody else',
  abandoned: 'server says nobody polled',
  unknown: 'internal error',
};

/** Errors that name a missing catalog, schema, table or column: own, unless the other cluster has it. */
const NOT_FOUND: ReadonlySet<string> = new Set([
  'CATALOG_NOT_FOUND',
  'SCHEMA_NOT_FOUND',
  'TABLE_NOT_FOUND',
  'COLUMN_NOT_FOUND',
]);

function queryError(sample: Sample, witnesses: Witnesses): Classified {
  const { errorName } = sample;
  const kind = errorKind(errorName, sample.errorType);
  // Full clusters are the clusters' affair where nobody could have found room. Starting or stopping servers never are.
  if (kind === 'capacity' && witnesses.fullEverywhere(sample))
    return { outcome: 'overloaded', cause: `${errorName}, and for direct executions too` };
  const partner = witnesses.partnerOf(sample);
  if (kind === 'unknown' && partner?.end === 'query-error' && partner.errorName === errorName)
    return { outcome: 'failed-same', cause: `${errorName} on the baseline too` };
  if (isRejection(errorName)) {
    const why = errorName === 'SERVER_STARTING_UP' ? 'routed too early' : 'turned away';
    return { outcome: 'rejected', cause: `${why}: ${errorName}` };
  }
  if (kind === 'own') {
    const onlyHere = NOT_FOUND.has(errorName) && partner?.end === 'finished' && readsOnly(sample);
    return onlyHere
      ? { outcome: 'failed-infra', cause: `${errorName} here, but the baseline's cluster has it` }
      : { outcome: 'failed-same', cause: `${REASON.own}: ${errorName}` };
  }
  return { outcome: 'failed-infra', cause: `${REASON[kind]}: ${errorName}` };
}

/** Only statements without effects can be expected to answer alike when they run twice. */
const readsOnly = (sample: Sample): boolean => isReadOnly(sample.kind as StatementKind);

/** With what no gateway may run again by itself: a query whose rows its client has in part, or that does more than read. */
function ownerDied(sample: Sample): string {
  if (sample.firstRowUs >= 0) return 'owner died after rows had been delivered';
  return readsOnly(sample) ? 'owner died' : 'owner died while more than reading';
}

const LOST_ON_THE_WAY: ReadonlySet<number> = new Set([502, 503, 504]);

function httpError(sample: Sample, ownerAlive: boolean | undefined): Classified {
  const { httpStatus } = sample;
  if (sample.stage !== 'poll') {
    const cause = `statement answered with ${httpStatus}`;
    return LOST_ON_THE_WAY.has(httpStatus)
      ? { outcome: 'submit-unknown', cause: `${cause}: unknown whether it ran` }
      : { outcome: 'rejected', cause };
  }
  if (ownerAlive === false)
    return { outcome: 'lost-next', cause: `${ownerDied(sample)}: poll answered with ${httpStatus}` };
  if (httpStatus === 404)
    return {
      outcome: 'lost-next',
      cause: ownerAlive ? 'poll went astray: 404 while its owner lived' : 'query not known: 404',
    };
  return { outcome: 'lost-next', cause: `poll answered with ${httpStatus}` };
}

/** Failures to connect: no byte of the statement has left. */
const NOTHING_SENT =
  /refused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|connect ?timeout|CONNECT_TIMEOUT|certificate|\bCERT_|ERR_TLS/i;

function transportError(sample: Sample, ownerAlive: boolean | undefined): Classified {
  if (sample.stage === 'poll') {
    const when = ownerAlive === false ? `${ownerDied(sample)}: connection broken` : undefined;
    return { outcome: 'transport', cause: when ?? 'connection broken while polling' };
  }
  if (/refused/i.test(sample.detail)) return { outcome: 'rejected', cause: 'refused' };
  if (sample.sentUs < 0 || NOTHING_SENT.test(sample.detail))
    return { outcome: 'rejected', cause: 'no connection could be made' };
  return { outcome: 'submit-unknown', cause: 'connection lost before the statement was answered' };
}
