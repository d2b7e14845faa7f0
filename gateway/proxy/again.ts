/** What is particular about a statement that is run again: where it may not go, and what its answers say. */
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import type { Again, Moved, Waiting } from '../queue/waiting-room.ts';
import type { ProxyContext } from './context.ts';
import { count } from './counters.ts';
import type { LostCause, Rename, Rescue } from './follow.ts';
import type { Attempt, Submission, Taken } from './submission.ts';

/** A cluster that was not ready is not asked again for so long. */
const NOT_READY_FOR_MS = 5_000;

/** The lost cluster as long as the process that lost the query is the one known there. */
export function lostPlace(
  ctx: ProxyContext,
  queryId: string,
  { cause, lostMs, lostProxyTo }: { cause: string; lostMs: number; lostProxyTo: string },
): string | undefined {
  const isNotReady = cause === 'starting' || cause === 'no-nodes';
  if (isNotReady) return ctx.clock.nowMs() < lostMs + NOT_READY_FOR_MS ? lostProxyTo : undefined;
  const suffix = coordinatorSuffix(queryId);
  return suffix !== undefined && ctx.fleet.incarnations.currentOf(lostProxyTo) === suffix
    ? lostProxyTo
    : undefined;
}

/** What an attempt to place a waiting statement needs to know of its history. */
export function againParts(
  ctx: ProxyContext,
  { again, id }: Waiting<Submission>,
): Pick<Attempt, 'avoids' | 'renameTo' | 'extraLines'> {
  if (again === undefined) return {};
  return {
    avoids: () => lostPlace(ctx, id, again),
    renameTo: id,
    extraLines: () => {
      const moved = ctx.waitingRoom.moved(id);
      return moved === undefined ? '' : rerunLines(ctx, moved.queryId, again);
    },
  };
}

/** Says in every answer that it is of a re-run, and which query of the cluster it is. */
function rerunLines({ clock, config }: ProxyContext, rerunId: string, { cause, lostMs }: Again): string {
  const line = `X-Trino-Gateway-Rerun: ${rerunId}; cause=${cause}\r\n`;
  if (!config.proxy.serverTiming) return line;
  const ms = Math.max(0, clock.nowMs() - lostMs).toFixed(3);
  return `${line}Server-Timing: rerun;desc="${cause}";dur=${ms}\r\n`;
}

/** How long the client waits until other gateways can be told where its query goes on. */
const TELL_WITHIN_MS = 500;

/** A cluster has taken the statement: its polls go there from now on, from whichever gateway. */
export async function movedOn(ctx: ProxyContext, waiting: Waiting<Submission>, taken: Taken): Promise<void> {
  ctx.waitingRoom.move(waiting, taken);
  const { again, id } = waiting;
  if (again === undefined) return;
  const { cause, lostProxyTo } = again;
  const { proxyTo, queryId: rerunId } = taken;
  const told = ctx.store
    .recordRerun({ queryId: id, rerunId, proxyTo, lostProxyTo, cause, atMs: ctx.clock.wallMs() })
    .catch(() => ctx.log.warn({ queryId: id }, 'other gateways could not be told of a re-run'));
  await Promise.race([told, new Promise((resolve) => setTimeout(resolve, TELL_WITHIN_MS).unref())]);
}

/** A re-run that another gateway has begun, or this one before its restart: true when it was found. */
export async function adoptRerun(ctx: ProxyContext, queryId: string): Promise<boolean> {
  const found = await ctx.store.rerunOf(queryId).catch(() => undefined);
  if (found === undefined) return false;
  const { cause, lostProxyTo, proxyTo, rerunId } = found;
  ctx.sticky.remember(rerunId, proxyTo);
  const again = { cause, lostProxyTo, lostMs: ctx.clock.nowMs(), textHash: '', paths: [] };
  ctx.waitingRoom.adopt(queryId, { proxyTo, queryId: rerunId }, again);
  return true;
}

/** How the polls of a re-run are followed: under the client's id, and saved no second time. */
export function rerunFollowing(
  ctx: ProxyContext,
  id: string,
  { again, queryId }: Moved,
): { readonly rescue?: Rescue; readonly rename?: Rename } {
  if (again === undefined) return {};
  return {
    rename: { to: id, lines: () => rerunLines(ctx, queryId, again) },
    rescue: {
      page: undefined,
      causeOf: () => undefined,
      save: (cause: LostCause) => {
        count(ctx.counters.notRerun, 'second-loss');
        ctx.log.warn({ queryId: id, cause }, 'the re-run of a query lost its cluster too');
        if (again.textHash !== '') ctx.reruns.budget.suspect(again.textHash, ctx.config.rerun.suspectFor);
        return Promise.resolve(false);
      },
    },
  };
}
