/**
 * Queries that their cluster has lost, and that can be run again on another one: the client keeps its id and polls on.
 *
 * Safe is what changes nothing, belongs to no transaction, and of which no row has been given to the client: there is
 * nothing that running it once more could double. It is done once per query, within a budget, and for a client only
 * that asks for the very page that this gateway told it of.
 */
import { hash } from 'node:crypto';
import { HEADER } from '../../src/trino/headers.ts';
import type { Outcome } from '../relay/exchange.ts';
import { isNextPage, type Kept, tellNext } from '../rerun/kept.ts';
import type { Reading } from '../rerun/read-only.ts';
import { type PageFacts, readPage } from './answer-reading.ts';
import type { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';
import { count } from './counters.ts';
import type { LostCause, Rescue } from './follow.ts';
import { withoutEncoding } from './headers.ts';
import { answerUndecided, followQueued } from './queued.ts';

import type { Submission } from './submission.ts';

/** Errors of a cluster that is not ready: the query has read nothing. */
const NOT_READY: Readonly<Record<string, LostCause>> = {
  SERVER_STARTING_UP: 'starting',
  NO_NODES_AVAILABLE: 'no-nodes',
};

/** Why a lost query was not run again. */
type Refusal = 'suspect' | 'writes' | 'unknown' | 'budget' | 'no-room';

/** Undefined for queries that are not kept: those get the answer that there is. */
export function rescueOf(ctx: ProxyContext, caller: Caller, queryId: string): Rescue | undefined {
  const kept = ctx.reruns.kept.get(queryId);
  return kept === undefined ? undefined : new KeptRescue(ctx, caller, queryId, kept);
}

class KeptRescue implements Rescue {
  readonly #ctx: ProxyContext;
  readonly #caller: Caller;
  readonly #queryId: string;
  readonly #kept: Kept<Submission>;
  #hasStrayed = false;
  page: PageFacts | undefined;

  constructor(ctx: ProxyContext, caller: Caller, queryId: string, kept: Kept<Submission>) {
    this.#ctx = ctx;
    this.#caller = caller;
    this.#queryId = queryId;
    this.#kept = kept;
  }

  causeOf(outcome: Outcome): LostCause | undefined {
    if (outcome.kind === 'client-gone' || outcome.kind === 'failed') return undefined;
    if (outcome.kind === 'whole' && outcome.head.status === 404) return 'forgotten';
    this.page =
      outcome.kind === 'whole' && outcome.head.status === 200
        ? readPage(outcome.head, outcome.body)
        : undefined;
    const { page } = this;
    const cause = NOT_READY[page?.errorName ?? ''];
    if (cause !== undefined && page?.hasRows === false) return cause;
    if (page?.hasRows === false && page.nextPath !== undefined && page.id === this.#queryId)
      tellNext(this.#kept, page.nextPath);
    else {
      // Rows are on their way to the client, or might be; or the query has ended.
      this.#ctx.reruns.kept.drop(this.#queryId);
      this.#ctx.open.noRerun(this.#queryId, 'rows');
    }
    return undefined;
  }

  async save(cause: LostCause): Promise<boolean> {
    const ctx = this.#ctx;
    const kept = this.#kept;
    if (!isNextPage(kept, this.#caller.path)) {
      if (!this.#hasStrayed) count(ctx.counters.notRerun, 'strayed');
      this.#hasStrayed = true;
      return false;
    }
    kept.saving ??= decide(ctx, this.#queryId, kept, cause);
    const isSaved = await Promise.race([kept.saving, soon()]);
    if (isSaved === 'undecided') {
      answerUndecided(ctx, this.#caller, this.#queryId);
      return true;
    }
    if (!isSaved) return false;
    await followQueued(ctx, this.#caller, this.#queryId);
    return true;
  }
}

/** A coordinator answers a poll of a waiting statement after so long. */
const DECIDE_WITHIN_MS = 1_000;

function soon(): Promise<'undecided'> {
  return new Promise((resolve) => setTimeout(() => resolve('undecided'), DECIDE_WITHIN_MS).unref());
}

async function decide(
  ctx: ProxyContext,
  queryId: string,
  kept: Kept<Submission>,
  cause: LostCause,
): Promise<boolean> {
  const textHash = hash('sha256', kept.statement.body, 'base64url');
  const refusal = await whyNot(ctx, kept.statement, textHash);
  const isSaved = refusal === undefined && enter(ctx, queryId, kept, cause, textHash);
  const { proxyTo } = kept;
  if (isSaved) {
    count(ctx.counters.reruns, cause);
    ctx.log.info({ queryId, cause, lostAt: proxyTo }, 'a query is run again on another cluster');
  } else {
    const reason: Refusal = refusal ?? 'no-room';
    count(ctx.counters.notRerun, reason);
    ctx.log.info({ queryId, cause, lostAt: proxyTo, reason }, 'a lost query is not run again');
  }
  if (isSaved) ctx.open.end(queryId);
  ctx.reruns.kept.drop(queryId);
  return isSaved;
}

async function whyNot(
  ctx: ProxyContext,
  statement: Submission,
  textHash: string,
): Promise<Refusal | undefined> {
  const { budget, readOnly } = ctx.reruns;
  if (budget.isSuspect(textHash)) return 'suspect';
  const reading: Reading = await readOnly.check(requestOf(statement));
  if (reading !== 'reads') return reading;
  return budget.take(ctx.config.rerun.perMinute) ? undefined : 'budget';
}

function requestOf({ body, client: { fields }, origin }: Submission) {
  const { names, values } = fields;
  return {
    method: 'POST',
    contentType: origin.header('content-type') ?? undefined,
    body,
    catalog: origin.header(HEADER.catalog) ?? undefined,
    schema: origin.header(HEADER.schema) ?? undefined,
    preparedStatements: values.filter((_, i) => names[i]?.lower === HEADER.preparedStatement),
  };
}

/** Back into the line, under the id that the client knows; false when there is no room to hold it. */
function enter(
  ctx: ProxyContext,
  queryId: string,
  { bytes, lastPath, nextPath, proxyTo, statement }: Kept<Submission>,
  cause: LostCause,
  textHash: string,
): boolean {
  if (ctx.isClosing() || !ctx.held.take(bytes)) return false;
  const { group, user = '' } = statement.wanted;
  const nowMs = ctx.clock.nowMs();
  const again = {
    id: queryId,
    cause,
    lostMs: nowMs,
    lostProxyTo: proxyTo,
    textHash,
    paths: lastPath === '' ? [nextPath] : [nextPath, lastPath],
  };
  const { client } = statement;
  const unpacked = { ...client, fields: withoutEncoding(client.fields) };
  const once = { ...statement, client: unpacked, heldBytes: bytes, mayRerun: false };
  ctx.waitingRoom.enter(once, ctx.line.join(group, user), nowMs, again);
  if (cause === 'starting' || cause === 'no-nodes') ctx.fleet.doubt(proxyTo);
  return true;
}
