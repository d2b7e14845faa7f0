/**
 * The life of one statement on the client's side: POST, follow `nextUri` verbatim until there is none, one request
 * in flight, retries by the client profile. Only an absent `nextUri` ends a query; its state does not.
 */

import { type Clock, sleep } from '../base/clock.ts';
import { errorText } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Sample } from '../measure/record/sample.ts';
import type { PlannedQuery } from '../plan/plan.ts';
import { HEADER, STATEMENT_PATH } from '../trino/headers.ts';
import type { QueryResults } from '../trino/statement.ts';
import type { ClientProfile, RequestFailure } from './client-profile.ts';
import { closePage, type Draft, endDraft, endGivenUp, newDraft, openPage, takeRows } from './draft.ts';
import { readServerTiming } from './server-timing.ts';
import type { ClientSession } from './session.ts';
import { isSpooled, readSegments } from './spooled/segments.ts';
import type { Wire, WireAnswer } from './wire.ts';

export interface StatementContext {
  readonly clock: Clock;
  /** Clock milliseconds of the run's origin. */
  readonly originMs: number;
  readonly wire: Wire;
  readonly profile: ClientProfile;
  readonly random: Random;
  /** Where statements are posted: scheme, host, port. */
  readonly url: string;
  /** Name of that target when it is a cluster, '' for a gateway. */
  readonly target: string;
  readonly traceToken: string;
  readonly queryTimeoutMs: number;
  /** Given up when it is still queued after so long. */
  readonly queueTimeoutMs?: number | undefined;
  /** With so many rows the client has enough. */
  readonly mostRows?: number | undefined;
  /** Of the client, where its statements share one. */
  readonly session?: ClientSession | undefined;
  /** Sent with every request beside those of the statement: credentials. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Aborts when the run is interrupted. */
  readonly signal: AbortSignal;
}

interface Dialogue extends StatementContext {
  readonly query: PlannedQuery;
  readonly draft: Draft;
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly startedMs: number;
}

type Answer = Extract<WireAnswer, { ok: true }>;

/** How long a cancel may take; it is one try, made also while the run is being interrupted. */
export const CANCEL_MS = 1_000;

/** The sample of a query that was never sent. */
export function neverSent(query: PlannedQuery, intendedUs: number): Sample {
  return newDraft(query, intendedUs, -1, '').sample;
}

/** Runs one planned query to its end. Never throws: whatever happens is in the sample. */
export async function runStatement(
  query: PlannedQuery,
  intendedUs: number,
  releasedUs: number,
  context: StatementContext,
): Promise<Sample> {
  const dialogue: Dialogue = {
    ...context,
    query,
    draft: newDraft(query, intendedUs, releasedUs, context.target),
    headers: {
      'accept-encoding': 'gzip',
      ...(context.session?.headersFor(query) ?? query.headers),
      [HEADER.traceToken]: context.traceToken,
      ...context.credentials,
    },
    startedMs: context.clock.nowMs(),
    deadlineMs: context.clock.nowMs() + context.queryTimeoutMs,
  };
  const { sample } = dialogue.draft;
  try {
    const first = await submit(dialogue, query.sql);
    if (first !== undefined) await follow(dialogue, first);
  } catch (error) {
    // Whatever an answer held that nobody thought of: this query is lost by it, and not the run.
    sample.detail = `the answer cannot be read: ${errorText(error)}`.slice(0, 200);
    const stage = sample.submittedUs >= 0 && sample.polls > 0 ? 'poll' : 'submit';
    endDraft(dialogue.draft, 'http-error', stage, toUs(dialogue, context.clock.nowMs()));
  }
  return sample;
}

function toUs({ originMs }: Dialogue, ms: number): number {
  return Math.round((ms - originMs) * 1000);
}

async function submit(dialogue: Dialogue, sql: string): Promise<string | undefined> {
  const { clock, draft, url } = dialogue;
  draft.sample.sentUs = toUs(dialogue, clock.nowMs());
  const answer = await ask(dialogue, 'POST', url + STATEMENT_PATH, sql);
  draft.sample.posts = 1 + draft.sample.retries;
  if (answer === undefined) return undefined;
  if (draft.sample.retries === 0) draft.sample.sentUs = toUs(dialogue, answer.sentAtMs);
  draft.sample.submittedUs = toUs(dialogue, answer.headersAtMs);
  const said = readServerTiming(answer.serverTiming);
  draft.sample.submitOwnUs = said?.ownUs ?? -1;
  draft.sample.submitUpstreamUs = said?.upstreamUs ?? -1;
  return take(dialogue, answer, 'submit');
}

async function follow(dialogue: Dialogue, firstUri: string): Promise<void> {
  const { clock, draft } = dialogue;
  const { sample } = draft;
  for (let uri: string | undefined = firstUri; uri !== undefined; ) {
    const askedMs = clock.nowMs();
    if (askedMs >= dialogue.deadlineMs) {
      sample.detail = `not finished after ${dialogue.queryTimeoutMs / 1000} s`;
      endDraft(draft, 'hung', 'poll', toUs(dialogue, askedMs));
      return cancel(dialogue, uri);
    }
    const answer = await ask(dialogue, 'GET', uri);
    sample.polls++;
    if (answer === undefined) {
      return afterGivenUp(dialogue, uri);
    }
    const tookUs = Math.round((answer.endAtMs - answer.sentAtMs) * 1000);
    sample.pollsUs += tookUs;
    const said = readServerTiming(answer.serverTiming);
    if (said !== undefined) sample.pollsUpstreamUs = Math.max(0, sample.pollsUpstreamUs) + said.upstreamUs;
    if (sample.firstPollUs < 0) sample.firstPollUs = toUs(dialogue, answer.headersAtMs);
    if (sample.fastestPollUs < 0 || tookUs < sample.fastestPollUs) sample.fastestPollUs = tookUs;
    uri = await take(dialogue, answer, 'poll');
  }
}

/** Takes a page in, and the segments that it names; answers the next URI, or undefined when the query has ended. */
async function take(
  dialogue: Dialogue,
  answer: Answer,
  stage: 'submit' | 'poll',
): Promise<string | undefined> {
  const { draft, clock } = dialogue;
  let endUs = toUs(dialogue, answer.endAtMs);
  const page = openPage(draft, answer, stage, endUs);
  if (page === undefined) return undefined;
  const data: unknown = page.data;
  if (isSpooled(data)) {
    const read = await readSegments(data, (url, headers) => fetchSegment(dialogue, url, headers));
    endUs = toUs(dialogue, clock.nowMs());
    if ('failed' in read) {
      endGivenUp(draft, stage, read.failed, endUs, clock.nowMs() >= dialogue.deadlineMs);
      draft.sample.detail = `segment: ${draft.sample.detail}`;
      if (page.nextUri) await cancel(dialogue, page.nextUri);
      return undefined;
    }
    draft.sample.bytes += read.bytes;
    takeRows(draft, read.rows, endUs);
  } else if (page.data) takeRows(draft, page.data, endUs);
  if (hasEnough(dialogue, page)) await cancelRest(dialogue, page);
  if (waitsTooLong(dialogue, page)) return stillQueued(dialogue, page.nextUri ?? '', stage, endUs);
  return closePage(draft, page, stage, endUs);
}

/** One try, with the segment's own headers and none of ours: it may lie in an object store, whose addresses are signed. */
function fetchSegment(
  { wire, profile, clock, signal, deadlineMs }: Dialogue,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<WireAnswer> {
  const timeoutMs = Math.min(profile.requestTimeoutMs, Math.max(1, deadlineMs - clock.nowMs()));
  return wire.request({ url, method: 'GET', headers, timeoutMs, signal });
}

function hasEnough({ draft, mostRows }: Dialogue, { nextUri, partialCancelUri }: QueryResults): boolean {
  if (mostRows === undefined || !nextUri || !partialCancelUri) return false;
  return draft.sample.enoughRows < 0 && draft.digest.rows >= mostRows;
}

/** Cancels the leaf stage: the query goes on to its end with the rows that it has (StatementClientV1.cancelLeafStage). */
async function cancelRest(dialogue: Dialogue, { partialCancelUri = '' }: QueryResults): Promise<void> {
  const { draft } = dialogue;
  draft.sample.enoughRows = draft.digest.rows;
  await cancel(dialogue, partialCancelUri);
}

const WAITING: ReadonlySet<string> = new Set(['QUEUED', 'WAITING_FOR_RESOURCES']);

/** Whether a query has been in the queue for longer than its client waits. */
export function waitsTooLong(
  { queueTimeoutMs, clock, startedMs }: Pick<Dialogue, 'queueTimeoutMs' | 'clock' | 'startedMs'>,
  page: QueryResults,
): boolean {
  if (queueTimeoutMs === undefined || !page.nextUri) return false;
  return WAITING.has(page.stats?.state ?? '') && clock.nowMs() - startedMs > queueTimeoutMs;
}

async function stillQueued(
  dialogue: Dialogue,
  uri: string,
  stage: 'submit' | 'poll',
  endUs: number,
): Promise<undefined> {
  const { draft, queueTimeoutMs = 0 } = dialogue;
  draft.sample.detail = `still queued after ${queueTimeoutMs / 1000} s`;
  endDraft(draft, 'hung', stage, endUs);
  await cancel(dialogue, uri);
}

/** What a client does about a follow-up that it has given up: counts who did not know it, and may cancel. */
async function afterGivenUp(dialogue: Dialogue, uri: string): Promise<void> {
  const { sample } = dialogue.draft;
  if (sample.httpStatus === 404 || sample.httpStatus === 410) sample.strayAnswers++;
  const interrupted = sample.end === 'cancelled' || sample.end === 'hung';
  if (interrupted || dialogue.profile.cancelsOnFailure) await cancel(dialogue, uri);
}

/** One request with the client's retries; undefined when given up (the draft then says why). */
async function ask(
  dialogue: Dialogue,
  method: 'POST' | 'GET',
  url: string,
  body?: string,
): Promise<Answer | undefined> {
  const { clock, draft, profile, signal, deadlineMs, headers } = dialogue;
  const startedMs = clock.nowMs();
  const lostUntil = (ms: number) => {
    draft.sample.retryUs += Math.round((ms - startedMs) * 1000);
  };
  for (let attempt = 1; ; attempt++) {
    const triedMs = clock.nowMs();
    const leftMs = Math.max(1, deadlineMs - triedMs);
    const timeoutMs = Math.min(profile.requestTimeoutMs, leftMs);
    const request = { url, method, headers, timeoutMs, signal };
    const answer = await dialogue.wire.request(body === undefined ? request : { ...request, body });
    const nowMs = clock.nowMs();
    if (answer.ok && answer.status === 200) {
      lostUntil(triedMs);
      dialogue.session?.note(dialogue.query, answer.headers);
      return answer;
    }
    const question = { method, attempt, elapsedMs: nowMs - startedMs, failure: failureOf(answer) };
    const pauseMs = signal.aborted ? undefined : profile.retryAfterMs(question, dialogue.random);
    if (pauseMs === undefined || nowMs + pauseMs >= deadlineMs) {
      // What an interrupt cut off had not failed.
      lostUntil(signal.aborted ? triedMs : nowMs);
      endGivenUp(
        draft,
        method === 'POST' ? 'submit' : 'poll',
        answer,
        toUs(dialogue, nowMs),
        // Not by the clock: a timer may fire a little early.
        leftMs <= profile.requestTimeoutMs,
      );
      return undefined;
    }
    draft.sample.retries++;
    await sleep(clock, pauseMs, signal).catch(() => undefined);
  }
}

function failureOf(answer: WireAnswer): RequestFailure {
  return answer.ok ? { status: answer.status, retryAfterMs: answer.retryAfterMs } : { network: answer.code };
}

/** Tells the cluster that nobody waits any more. */
async function cancel({ wire, headers }: Dialogue, url: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS);
  await wire.request({ url, method: 'DELETE', headers, timeoutMs: CANCEL_MS, signal });
}
