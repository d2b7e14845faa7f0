/**
 * Requests about statements that wait, or have waited, in the gateway's own queue. While one waits, its polls are held
 * for up to a second, as a coordinator's are, and answered QUEUED. The poll that finds a place submits the statement
 * and gets the cluster's own answer, with the cluster's id: clients follow nextUri whatever the id. The queue's id goes
 * on to mean that query, in paths and in kill_query.
 */
import { shortened } from '../../src/base/shorten.ts';
import { HEADER, STATEMENT_PATH } from '../../src/trino/headers.ts';
import type { Spot } from '../queue/line.ts';
import { failedPage, finishedPage, QUEUE_ERRORS, queuedPage, waitingPage } from '../queue/page.ts';
import { type Moved, sameSlug, type Waiting } from '../queue/waiting-room.ts';
import type { Target } from '../relay/target.ts';
import { againParts, movedOn, rerunFollowing } from './again.ts';
import { answerNotFound, answerUnavailable } from './answers.ts';
import { Caller } from './caller.ts';
import { heedsOuter, type ProxyContext } from './context.ts';
import { follow } from './follow.ts';
import { outerBase } from './headers.ts';
import { keepable } from './keep.ts';
import { type Placed, place, whyUnplaced } from './place.ts';
import type { Submission, Taken } from './submission.ts';

/** A coordinator answers a poll of a queued statement after a second. */
const LONG_POLL_MS = 1_000;

/** Takes a statement into the queue and answers its client; false when the queue is off or has no room. */
export function letIn(
  ctx: ProxyContext,
  caller: Caller,
  submission: Submission,
  spot: Spot,
  sinceMs: number,
): boolean {
  const { queue } = ctx.config.routing;
  if (queue === undefined || ctx.isClosing() || caller.gone) return false;
  if (ctx.waitingRoom.size >= queue.maxStatements) return false;
  const kept = keepable(submission);
  const moreBytes = kept.heldBytes - submission.heldBytes;
  if (!ctx.held.take(moreBytes)) return false;
  const waiting = ctx.waitingRoom.enter(kept, spot, sinceMs);
  answerQueued(ctx, caller, waiting, waiting.token);
  return true;
}

/** A request that names an id of the queue. */
export async function followQueued(ctx: ProxyContext, caller: Caller, id: string): Promise<void> {
  const waiting = ctx.waitingRoom.waiting(id);
  const isStatement = caller.path.startsWith(`${STATEMENT_PATH}/`);
  if (waiting === undefined) {
    await followMoved(ctx, caller, id, isStatement);
  } else if (!isStatement) {
    answerNotFound(caller);
  } else {
    const { slug, token } = partsOf(caller.path);
    const isToken = token === waiting.token || token === waiting.token + 1;
    const isOurs = sameSlug(slug, waiting.slug) && isToken;
    if (!isOurs && !isFormerPath(waiting, caller.path)) answerNotFound(caller);
    else await followWaiting(ctx, caller, waiting);
  }
}

async function followWaiting(ctx: ProxyContext, caller: Caller, waiting: Waiting<Submission>): Promise<void> {
  waiting.polledMs = ctx.clock.nowMs();
  if (caller.method === 'DELETE') {
    ctx.waitingRoom.end(waiting, 'canceled');
    caller.call.answer({ status: 204, lines: '', hasDate: false, declaredBytes: undefined }, Buffer.alloc(0));
  } else if (caller.method === 'GET') {
    await poll(ctx, caller, waiting);
  } else {
    answerPage(caller, Buffer.alloc(0));
  }
}

async function poll(ctx: ProxyContext, caller: Caller, waiting: Waiting<Submission>): Promise<void> {
  const { spot, statement } = waiting;
  if (waiting.isPolled) {
    // The same client again, as its first poll got lost on the way: that one holds the place.
    answerQueued(ctx, caller, waiting, waiting.token);
    return;
  }
  caller.kind = 'poll';
  waiting.isPolled = true;
  spot.isPresent = true;
  const startedMs = ctx.clock.nowMs();
  try {
    const attempt = {
      ...statement,
      caller,
      onTaken: (taken: Taken) => movedOn(ctx, waiting, taken),
      ...againParts(ctx, waiting),
      isOver: () => ctx.waitingRoom.waiting(waiting.id) === undefined,
    };
    const placed = await place(ctx, attempt, startedMs + LONG_POLL_MS, () => spot, spot);
    if (placed !== 'answered') answerUnplaced(ctx, caller, waiting, placed);
    else if (!caller.gone && ctx.waitingRoom.waiting(waiting.id) !== undefined) {
      // The cluster answered with something else than a query: that was the statement's end.
      ctx.waitingRoom.end(waiting, 'failed');
    }
  } finally {
    waiting.isPolled = false;
    spot.isPresent = false;
    waiting.polledMs = ctx.clock.nowMs();
    ctx.line.signal(spot.group);
  }
}

function answerUnplaced(
  ctx: ProxyContext,
  caller: Caller,
  waiting: Waiting<Submission>,
  placed: Exclude<Placed, 'answered'>,
): void {
  const { queue } = ctx.config.routing;
  const mostMs = waiting.again === undefined ? queue?.maxWait : ctx.config.rerun.waitFor;
  const waitedMs = ctx.clock.nowMs() - waiting.sinceMs;
  if (ctx.waitingRoom.waiting(waiting.id) === undefined) {
    answerError(ctx, caller, waiting, 'canceled', 'Query was canceled');
  } else if (ctx.isClosing()) {
    answerUnavailable(caller, 'the gateway is being stopped');
  } else if (placed === 'refused' || (mostMs !== undefined && waitedMs > mostMs)) {
    ctx.waitingRoom.end(waiting, 'failed');
    answerError(
      ctx,
      caller,
      waiting,
      'late',
      `The query waited too long: ${whyUnplaced(ctx, waiting.statement)}`,
    );
  } else {
    waiting.token++;
    answerQueued(ctx, caller, waiting, waiting.token);
  }
}

/** The statement is at a cluster: the request means the query there. */
async function followMoved(
  ctx: ProxyContext,
  caller: Caller,
  id: string,
  isStatement: boolean,
): Promise<void> {
  const moved = ctx.waitingRoom.moved(id);
  const raw = moved === undefined ? undefined : movedUrl(caller, id, isStatement, moved);
  if (moved === undefined || raw === undefined) {
    answerNotFound(caller);
    return;
  }
  if (isStatement) caller.kind = caller.method === 'GET' ? 'poll' : 'cancel';
  await follow(ctx, new Caller(caller.call, targetOf(raw)), moved.queryId, rerunFollowing(ctx, id, moved));
}

/** Path and query string at the cluster; undefined for one that nobody was told of. */
function movedUrl(caller: Caller, id: string, isStatement: boolean, moved: Moved): string | undefined {
  if (isStatement && (sameSlug(partsOf(caller.path).slug, moved.slug) || isFormerPath(moved, caller.path)))
    return moved.nextPath;
  // Only a re-run's clients know its pages by the id here; the secret in them is the cluster's to check.
  return isStatement && moved.again === undefined ? undefined : caller.url.replaceAll(id, moved.queryId);
}

/** The page that the client was last told of by the cluster that lost the query. */
function isFormerPath({ again }: Pick<Moved, 'again'>, path: string): boolean {
  return again?.paths.some((known) => known.endsWith(path)) === true;
}

/** The cluster's id of a query that the queue gave an id of its own. */
export function realId(ctx: ProxyContext, id: string): string {
  return ctx.waitingRoom.owns(id) ? (ctx.waitingRoom.moved(id)?.queryId ?? id) : id;
}

/** `CALL kill_query` of a statement that still waits, by the same user: done here. True when it has been answered. */
export function killWaiting(ctx: ProxyContext, caller: Caller, id: string): boolean {
  const waiting = ctx.waitingRoom.owns(id) ? ctx.waitingRoom.waiting(id) : undefined;
  if (waiting === undefined) return false;
  if (caller.header(HEADER.user) !== waiting.statement.origin.header(HEADER.user)) return false;
  ctx.waitingRoom.end(waiting, 'canceled');
  answerPage(
    caller,
    finishedPage(
      { id: ctx.waitingRoom.newId(), base: outerBase(caller, heedsOuter(ctx)), queuedMs: 0 },
      'CALL',
    ),
  );
  return true;
}

/** As many wait for the group as may. */
export function answerFull(ctx: ProxyContext, caller: Caller, group: string): void {
  const page = { id: ctx.waitingRoom.newId(), base: outerBase(caller, heedsOuter(ctx)), queuedMs: 0 };
  const message = `Too many queued queries for routing group "${shortened(group)}"`;
  answerPage(caller, failedPage(page, { ...QUEUE_ERRORS.full, message }));
}

function answerError(
  ctx: ProxyContext,
  caller: Caller,
  { id, sinceMs }: Waiting<Submission>,
  kind: keyof typeof QUEUE_ERRORS,
  message: string,
): void {
  const page = { id, base: outerBase(caller, heedsOuter(ctx)), queuedMs: ctx.clock.nowMs() - sinceMs };
  answerPage(caller, failedPage(page, { ...QUEUE_ERRORS[kind], message }));
}

function answerQueued(
  ctx: ProxyContext,
  caller: Caller,
  { id, sinceMs, slug }: Waiting<Submission>,
  token: number,
): void {
  const page = { id, slug, base: outerBase(caller, heedsOuter(ctx)), queuedMs: ctx.clock.nowMs() - sinceMs };
  answerPage(caller, queuedPage(page, token));
}

/** It is not known yet what becomes of a lost query: its client is to ask for the same page again. */
export function answerUndecided(ctx: ProxyContext, caller: Caller, id: string): void {
  answerPage(caller, waitingPage({ id, base: outerBase(caller, heedsOuter(ctx)), queuedMs: 0 }, caller.path));
}

function answerPage({ call, method }: Caller, page: Buffer): void {
  const lines = 'Content-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n';
  const isHead = method === 'HEAD';
  const answer = { status: 200, lines, hasDate: false, declaredBytes: isHead ? 0 : undefined };
  call.answer(answer, page);
}

/** Slug and token of `/v1/statement/queued/ID/SLUG/TOKEN`. */
function partsOf(path: string): { readonly slug: string; readonly token: number } {
  const [slug = '', token = ''] = path.split('/').slice(5);
  return { slug, token: /^\d{1,9}$/.test(token) ? Number(token) : -1 };
}

function targetOf(raw: string): Target {
  const mark = raw.indexOf('?');
  if (mark < 0) return { raw, path: raw, search: '' };
  return { raw, path: raw.slice(0, mark), search: raw.slice(mark + 1) };
}
