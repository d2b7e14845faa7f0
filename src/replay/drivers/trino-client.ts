/**
 * Statements as the official JavaScript client asks them: what it sends, follows and reads is its own doing, so that a run
 * shows whether a real client sees what our wire driver sees. Its own work is in every time.
 *
 * The client never tries again, gives up nothing by itself and has no call for ending a query whose page is open: its
 * time limits and the DELETE come from here, and it reaches addresses through `GuardedAgents` only.
 */
import type { ClientRequest } from 'node:http';
import type { QueryIterator, Trino } from 'trino-client';
import { errorText, systemCode } from '../../base/errors.ts';
import { HEADER } from '../../trino/headers.ts';
import type { QueryResults } from '../../trino/statement.ts';
import {
  closePage,
  type Draft,
  endGivenUp,
  type GivenUp,
  newDraft,
  noteAnswer,
  notePage,
  takeRows,
} from '../draft.ts';
import { CANCEL_MS, waitsTooLong } from '../statement.ts';
import type { Driver, DriverContext, DriverOptions } from './driver.ts';
import { type Agents, type GuardedAgents, guardedAgents } from './guarded-agents.ts';

/** What the client asks by; no part of its own types, though its iterator is made of it. */
type Requests = ConstructorParameters<typeof QueryIterator>[0];

/** Why we end what the client would go on with. */
type Why = 'interrupted' | 'late' | 'queued';

interface Dialogue extends DriverContext {
  readonly draft: Draft;
  readonly stop: AbortController;
  readonly agents: Agents;
  readonly startedMs: number;
  /** The page before, whose `nextUri` is open. */
  page: QueryResults | undefined;
  /** Of the last answer: its status, and when its head came. */
  status: number;
  headUs: number;
}

/** A tenth of a second of processor time, so only whoever wants it reads it. */
export const readClient = () => import('trino-client');

export function trinoClientDriver(options: DriverOptions): Driver {
  const library = readClient();
  // Whoever runs a statement is told.
  library.catch(() => undefined);
  const agents = guardedAgents(options);
  const open = new Set<AbortController>();
  const interrupt = () => {
    for (const stop of open) stop.abort('interrupted' satisfies Why);
  };
  options.signal.addEventListener('abort', interrupt, { once: true });
  return {
    async run(query, intendedUs, releasedUs, context) {
      const { Trino } = await library;
      const draft = newDraft(query, intendedUs, releasedUs, context.target);
      const dialogue = begin(draft, context, agents);
      open.add(dialogue.stop);
      if (options.signal.aborted) interrupt();
      const late = setTimeout(() => dialogue.stop.abort('late' satisfies Why), context.queryTimeoutMs);
      const trino = Trino.create({
        server: context.url,
        // Without one the client would name a source of its own, and be routed by it.
        source: query.headers[HEADER.source] ?? '',
        extraHeaders: { ...query.headers, [HEADER.traceToken]: context.traceToken, ...context.credentials },
      });
      await converse(dialogue, trino, query.sql);
      clearTimeout(late);
      open.delete(dialogue.stop);
      return draft.sample;
    },
    async close() {
      options.signal.removeEventListener('abort', interrupt);
      agents.close();
    },
  };
}

function begin(draft: Draft, context: DriverContext, agents: GuardedAgents): Dialogue {
  const startedMs = context.clock.nowMs();
  const dialogue: Dialogue = {
    ...{ ...context, draft, startedMs, stop: new AbortController() },
    agents: agents.seenBy((request) => watch(dialogue, request)),
    ...{ page: undefined, status: 0, headUs: -1 },
  };
  draft.sample.sentUs = nowUs(dialogue);
  draft.sample.posts = 1;
  return dialogue;
}

/** What can be seen of a request from outside the client: when a connection was free for it, and the head of its answer. */
function watch(dialogue: Dialogue, request: ClientRequest): void {
  const { draft } = dialogue;
  if (dialogue.page === undefined && dialogue.headUs < 0)
    request.once('socket', () => {
      draft.sample.sentUs = nowUs(dialogue);
    });
  request.once('response', ({ headers, statusCode }) => {
    dialogue.headUs = nowUs(dialogue);
    dialogue.status = statusCode ?? 0;
    noteAnswer(draft, headers);
  });
}

async function converse(dialogue: Dialogue, trino: Trino, sql: string): Promise<void> {
  const { draft } = dialogue;
  const cancel = tap(dialogue, trino);
  try {
    const pages = await trino.query(sql);
    for (;;) {
      // The answer to the POST is handed out by the iterator only where it is the last one.
      const { value, done } = await pages.next();
      const { nextUri: _, ...page } = value as QueryResults;
      if (done === true) return void closePage(draft, page, stageOf(dialogue), nowUs(dialogue));
      if (page.data) takeRows(draft, page.data, nowUs(dialogue));
    }
  } catch (error) {
    const why = dialogue.stop.signal.aborted ? (dialogue.stop.signal.reason as Why) : undefined;
    const answer = why === undefined ? failureOf(error, dialogue.status) : stopped(why, dialogue);
    const stage = stageOf(dialogue);
    if (stage === 'poll' && answer.ok && (answer.status === 404 || answer.status === 410))
      draft.sample.strayAnswers++;
    endGivenUp(draft, stage, answer, nowUs(dialogue), true);
    if (why !== undefined) await cancel();
  }
}

/**
 * Stands between the client and its own requests: pages without rows never leave its iterator, and they have to be seen
 * too. Answers how to end the query.
 */
function tap(dialogue: Dialogue, trino: Trino): () => Promise<void> {
  const { client } = trino as unknown as { readonly client: Requests };
  const request = client.request.bind(client);
  const { agents, draft, stop } = dialogue;
  // No proxy of the environment: the way that is measured is the one that the scenario names.
  const through = { httpAgent: agents.http, httpsAgent: agents.https, proxy: false } as const;
  client.request = async <T>(asked: Parameters<typeof request>[0]): Promise<T> => {
    if (dialogue.page !== undefined) draft.sample.polls++;
    return takePage(dialogue, await request({ ...asked, ...through, signal: stop.signal })) as T;
  };
  return async () => {
    const url = dialogue.page?.nextUri;
    if (url === undefined) return;
    const signal = AbortSignal.timeout(CANCEL_MS);
    await request({ method: 'DELETE', url, ...through, signal }).catch(() => undefined);
  };
}

/** An answer that is none to a statement; the client takes it for the end of the query. */
class NoResult extends Error {
  override readonly name = 'NoResult';
}

function takePage(dialogue: Dialogue, answer: unknown): QueryResults {
  const { draft, headUs, stop } = dialogue;
  if (dialogue.page === undefined) draft.sample.submittedUs = headUs;
  else if (draft.sample.firstPollUs < 0) draft.sample.firstPollUs = headUs;
  const page = answer as QueryResults | null;
  if (typeof page !== 'object' || typeof page?.id !== 'string') throw new NoResult('no query id in it');
  if (page.data && !Array.isArray(page.data))
    throw new NoResult('rows in segments, which trino-client cannot read');
  notePage(draft, page);
  dialogue.page = page;
  if (waitsTooLong(dialogue, page)) {
    stop.abort('queued' satisfies Why);
    stop.signal.throwIfAborted();
  }
  return page;
}

function stopped(why: Why, { queryTimeoutMs, queueTimeoutMs = 0 }: Dialogue): GivenUp {
  if (why === 'interrupted') return { ok: false, code: 'aborted', detail: 'interrupted' };
  const detail =
    why === 'late'
      ? `not finished after ${queryTimeoutMs / 1000} s`
      : `still queued after ${queueTimeoutMs / 1000} s`;
  return { ok: false, code: 'timeout', detail };
}

/** The client's errors hold whole requests, with the headers that prove who we are: only a status, a code and a word are taken. */
function failureOf(error: unknown, status: number): GivenUp {
  if (error instanceof NoResult)
    return { ok: true, status, text: `the answer is no statement result: ${error.message}` };
  const { response } = error as { readonly response?: { readonly status: number; readonly data: unknown } };
  if (response !== undefined) {
    const { data } = response;
    return {
      ok: true,
      status: response.status,
      text: typeof data === 'string' ? data : JSON.stringify(data ?? ''),
    };
  }
  const root = rootOf(error);
  return { ok: false, code: systemCode(root) ?? 'io', detail: errorText(root) };
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}

function stageOf({ draft }: Dialogue): 'submit' | 'poll' {
  return draft.sample.polls === 0 ? 'submit' : 'poll';
}

function nowUs({ clock, originMs }: DriverContext): number {
  return Math.round((clock.nowMs() - originMs) * 1000);
}
