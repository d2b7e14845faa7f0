/** The words of all reports: one label and one sentence for each outcome, result and blame. */
import type { GateResultKind } from '../gates/verdict.ts';
import type { Fate, LedgerSummary } from '../measure/summary/ledger-summary.ts';
import type { Blame, Outcome } from '../measure/summary/outcome.ts';
import type { OverheadLevel } from '../measure/summary/summary.ts';

export type Tone = 'pass' | 'fail' | 'inconclusive' | 'invalid' | 'quiet';

interface Word {
  readonly label: string;
  readonly meaning: string;
}

export const RESULTS: Readonly<Record<GateResultKind, Word>> = {
  pass: { label: 'Passed', meaning: 'every gate held, and the data was enough to say so' },
  fail: { label: 'Failed', meaning: 'at least one gate was broken, beyond what chance explains' },
  inconclusive: {
    label: 'Inconclusive',
    meaning: 'no gate was broken, but the data cannot decide at least one of them',
  },
  invalid: {
    label: 'Invalid',
    meaning: 'the instrument was not fit to measure; nothing is said about the gateway',
  },
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, Word>> = {
  finished: { label: 'finished', meaning: 'the last page came without an error and the result was right' },
  'failed-same': {
    label: 'failed as expected',
    meaning: 'a Trino error that the query gives without a gateway or a roll, too',
  },
  overloaded: {
    label: 'overloaded',
    meaning: 'turned away by full clusters, and direct executions were too, wherever they went at the time',
  },
  rejected: { label: 'rejected', meaning: 'never admitted: no cluster took the query' },
  'submit-unknown': {
    label: 'lost at submit',
    meaning: 'the submission broke off; whether the query ran is not known',
  },
  orphaned: {
    label: 'orphaned',
    meaning: 'the submission broke off, and a cluster ran the query with nobody waiting',
  },
  'lost-next': {
    label: 'lost while running',
    meaning: 'a running query whose next page nobody would or could give',
  },
  'failed-infra': {
    label: 'failed by the fleet',
    meaning: 'a Trino error that a roll or a dying node causes',
  },
  transport: { label: 'connection lost', meaning: 'the connection broke and the client gave up' },
  hung: { label: 'hung', meaning: 'no change of state until the limit' },
  wrong: { label: 'wrong result', meaning: 'finished, but rows are missing, repeated or different' },
  cancelled: { label: 'cancelled', meaning: 'ended by the harness, as when a run is interrupted' },
  'never-sent': { label: 'never sent', meaning: 'the load generator did not get to send it' },
};

export const BLAME_WORDS: Readonly<Record<Blame, Word>> = {
  avoidable: { label: 'avoidable', meaning: 'a gateway or a better roll could have saved it' },
  detection: {
    label: 'detection',
    meaning: 'sent after a kill, before the gateway could have noticed',
  },
  unavoidable: { label: 'unavoidable', meaning: 'in flight on a process that was killed' },
};

export const LEVEL_WORDS: Readonly<Record<OverheadLevel['level'], Word>> = {
  submit: { label: 'Submit', meaning: 'the POST, until its response headers' },
  poll: {
    label: 'Poll',
    meaning: 'one page request; the fastest of each query, so waiting for rows is not in it',
  },
  total: { label: 'End to end', meaning: 'service time, from the send to the last page' },
};

export const FATE_WORDS: Readonly<Record<Fate, Word>> = {
  once: { label: 'once', meaning: 'answered, and executed once' },
  rerun: {
    label: 'by a re-run',
    meaning: 'answered by a second execution, as the first was lost with its coordinator or never began',
  },
  'own-fault': { label: 'failed by their own fault', meaning: 'an error that they give anywhere' },
  overloaded: {
    label: 'turned away by full clusters',
    meaning: 'as direct executions were at the time, wherever they went',
  },
  lost: { label: 'lost', meaning: 'the client never got as far as a query id' },
  dropped: { label: 'dropped', meaning: 'the client had a query id, and lost the query' },
  twice: { label: 'executed twice', meaning: 'answered, and executed more than once without need' },
  orphaned: { label: 'orphaned', meaning: 'ran though its client never had an id to ask for it' },
  wrong: { label: 'with a wrong result', meaning: 'rows are missing, repeated or different' },
  cancelled: { label: 'cancelled', meaning: 'by the harness' },
  'never-sent': { label: 'never sent', meaning: 'by the load generator' },
};

export const EVIDENCE_WORDS: Readonly<Record<LedgerSummary['evidence'], Word>> = {
  listener: { label: 'their event listeners', meaning: 'each query’s beginning and end, as it happened' },
  list: {
    label: 'their lists of queries',
    meaning: 'read every other second: what began and was forgotten in between is not seen',
  },
  none: { label: 'none', meaning: 'what clusters ran is not known' },
};
