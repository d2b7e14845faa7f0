/** A sample while it is being lived: the facts so far, and how it ends. */
import { errorText } from '../base/errors.ts';
import { fieldsOf } from '../base/lines.ts';
import type { End, Sample, Stage } from '../measure/record/sample.ts';
import type { PlannedQuery } from '../plan/plan.ts';
import { createResultDigest, type ResultDigest } from '../trino/result-checksum.ts';
import type { QueryResults } from '../trino/statement.ts';
import type { LineAnswer } from './http/line.ts';
import { isSpooled } from './spooled/segments.ts';
import type { WireAnswer } from './wire.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Draft {
  readonly sample: Mutable<Sample>;
  readonly digest: ResultDigest;
}

/** A draft with nothing lived yet. `target` is the cluster it goes to, '' for a gateway. */
export function newDraft(query: PlannedQuery, intendedUs: number, releasedUs: number, target: string): Draft {
  const { seq, arm, pair, gatewayFirst, user, source, kind, fingerprint, statement, expectedGroup } = query;
  const sample: Mutable<Sample> = {
    ...{ seq, arm, pair, gatewayFirst, user, source, kind, fingerprint, statement, expectedGroup, target },
    ...{ intendedUs, releasedUs, sentUs: -1, submittedUs: -1, firstPollUs: -1, firstRowUs: -1, lastUs: -1 },
    ...{ posts: 0, polls: 0, fastestPollUs: -1, pollsUs: 0, retries: 0, retryUs: 0, queryId: '' },
    ...{ submitOwnUs: -1, submitUpstreamUs: -1, pollsUpstreamUs: -1 },
    ...{ end: 'never-sent', stage: 'none', httpStatus: 0, errorName: '', errorType: '', detail: '' },
    ...{ strayAnswers: 0, rows: 0, checksum: '', bytes: 0, rerunId: '', enoughRows: -1 },
    ...(query.expectedResult === undefined ? {} : { expected: query.expectedResult }),
  };
  return { sample, digest: createResultDigest() };
}

/** Closes a draft: nothing is added to it afterwards. */
export function endDraft({ sample, digest }: Draft, end: End, stage: Stage, lastUs: number): void {
  sample.end = end;
  sample.stage = stage;
  sample.lastUs = lastUs;
  sample.rows = digest.rows;
  sample.checksum = digest.rows > 0 ? digest.hex() : '';
}

/** The last answer of a request that was given up, or why there is none. */
export type GivenUp =
  | Pick<Extract<WireAnswer, { ok: true }>, 'ok' | 'status' | 'text'>
  | Extract<WireAnswer, { ok: false }>;

/** Closes a draft whose request was given up; `late` says that its last try had to end by the query's own deadline. */
export function endGivenUp(draft: Draft, stage: Stage, answer: GivenUp, lastUs: number, late: boolean): void {
  const { sample } = draft;
  if (answer.ok) {
    sample.httpStatus = answer.status;
    sample.detail = oneLine(answer.text);
    endDraft(draft, 'http-error', stage, lastUs);
  } else {
    sample.detail = oneLine(`${answer.code}: ${answer.detail}`);
    endDraft(draft, endOfRequest(answer.code, late), stage, lastUs);
  }
}

function endOfRequest(code: string, late: boolean): End {
  if (code === 'aborted') return 'cancelled';
  return code === 'timeout' && late ? 'hung' : 'transport-error';
}

/** Reads an answer as a page; undefined when it is none (the draft is then closed). */
export function openPage(
  draft: Draft,
  answer: Extract<WireAnswer, { ok: true }>,
  stage: Stage,
  endUs: number,
): QueryResults | undefined {
  const { sample } = draft;
  sample.bytes += answer.bytes;
  noteAnswer(draft, answer.headers);
  const page = parsePage(answer.text);
  if (typeof page === 'string') {
    sample.httpStatus = answer.status;
    sample.detail = `the answer is no statement result: ${page}`;
    endDraft(draft, 'http-error', stage, endUs);
    return undefined;
  }
  notePage(draft, page);
  return page;
}

/** Takes in what a gateway says of itself in the head of an answer. */
export function noteAnswer({ sample }: Draft, headers: LineAnswer['headers']): void {
  sample.rerunId = rerunIn(headers['x-trino-gateway-rerun']) ?? sample.rerunId;
}

/** Takes in whose page it is. */
export function notePage({ sample }: Draft, { id }: QueryResults): void {
  if (sample.queryId === '') sample.queryId = id;
  else if (id !== sample.queryId) sample.strayAnswers++;
}

/** Takes rows in. */
export function takeRows(
  { sample, digest }: Draft,
  rows: readonly (readonly unknown[])[],
  atUs: number,
): void {
  if (rows.length === 0) return;
  if (sample.firstRowUs < 0) sample.firstRowUs = atUs;
  for (const row of rows) digest.add(row);
}

/** Answers the next URI, or undefined when the page is the last (the draft is then closed). */
export function closePage(draft: Draft, page: QueryResults, stage: Stage, endUs: number): string | undefined {
  const { sample } = draft;
  if (typeof page.nextUri === 'string') return page.nextUri;
  if (page.error) {
    sample.errorName = oneLine(textOf(page.error.errorName));
    sample.errorType = oneLine(textOf(page.error.errorType));
    sample.detail = oneLine(textOf(page.error.message));
  }
  endDraft(draft, page.error ? 'query-error' : 'finished', stage, endUs);
  return undefined;
}

/** The page, or why it is none. */
function parsePage(text: string): QueryResults | string {
  try {
    const page = fieldsOf(JSON.parse(text));
    const problem = pageProblem(page);
    return problem === undefined ? (page as unknown as QueryResults) : problem;
  } catch (error) {
    return oneLine(errorText(error));
  }
}

/** What a client would stumble over; whatever it does not look at may be anything. */
function pageProblem({ id, nextUri, partialCancelUri, data, error }: Fields): string | undefined {
  if (typeof id !== 'string') return 'no query id in it';
  if (!QUERY_ID.test(id)) return 'its query id is none';
  if (!isAbsentOr('string', nextUri) || !isAbsentOr('string', partialCancelUri))
    return 'an address in it is no text';
  if (!isAbsentOr('object', error) || Array.isArray(error)) return 'its error is none';
  if (!isAbsentOr('object', data) || (data && !isSpooled(data) && !isRows(data)))
    return 'its data are no rows';
  return undefined;
}

type Fields = ReturnType<typeof fieldsOf>;

/** Of ids of others, wider than Trino's own; no line, and no space. */
const QUERY_ID = /^[!-~]{1,200}$/;

const isAbsentOr = (type: 'string' | 'object', value: unknown): boolean =>
  value === undefined || value === null || typeof value === type;

export function isRows(value: unknown): value is readonly (readonly unknown[])[] {
  return Array.isArray(value) && value.every(Array.isArray);
}

/** What a foreign gateway calls a text may be anything. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function oneLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200);
}

/** The query of the cluster that a gateway's re-run has led to: `ID; cause=gone`. */
function rerunIn(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? /^[\w-]{1,100}/.exec(value)?.[0] : undefined;
}
