/**
 * The proxy's one door. It takes the requests that belong to the clusters and leaves the rest to the admin API,
 * so that what is behind it can be exchanged without touching anything before it.
 */
import { errorText } from '../../src/base/errors.ts';
import type { Call } from '../relay/call.ts';
import { prefixIn } from '../routing/cluster-key.ts';
import { namedQuery } from '../routing/query-id.ts';
import { adoptRerun } from './again.ts';
import { answerMethodNotAllowed, answerNotAcceptable, answerUnavailable } from './answers.ts';
import { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';
import { follow } from './follow.ts';
import { isForwardedField } from './headers.ts';
import { redirectToPage, unkeyed } from './keyed.ts';
import { countRequest } from './latency.ts';
import { pass } from './pass.ts';
import { isAllowedMethod, type ProxiedPaths, proxiedPaths } from './paths.ts';
import { followQueued } from './queued.ts';
import { rescueOf } from './rescue.ts';
import { followSpooled, SPOOLED_PATH } from './spooled.ts';
import { submit } from './submit.ts';

export interface StatementProxy {
  /** True when the path is one for the clusters. */
  handles(path: string): boolean;
  /** Answers the request; never throws. */
  handle(call: Call): void;
}

export function createProxy(ctx: ProxyContext): StatementProxy {
  ctx.fleet.onChange(() => ctx.pools.keepOnly(new Set(ctx.fleet.views().map((v) => v.backend.proxyTo))));
  const paths = proxiedPaths(ctx.config);
  const isStrict = ctx.config.compat === 'strict';
  return {
    handles: (path) => paths.isProxied(path.slice(prefixIn(path)?.length ?? 0)),
    handle(call) {
      const { prefix, target } = unkeyed(call.head.target);
      const caller = new Caller(call, target, isStrict);
      caller.prefix = prefix;
      const ended = () => countRequest(ctx.counters.traffic[caller.kind], call.status, caller.times);
      answer(ctx, caller, paths).then(ended, (error: unknown) => {
        ctx.log.error(
          { reason: errorText(error), method: caller.method },
          'a proxied request failed in the gateway',
        );
        if (call.hasBegun) call.cut();
        else answerUnavailable(caller, 'the gateway failed on this request');
        ended();
      });
    },
  };
}

function answer(ctx: ProxyContext, caller: Caller, paths: ProxiedPaths): Promise<void> {
  const { method, target } = caller;
  if (!isAllowedMethod(method)) {
    answerMethodNotAllowed(caller);
    return Promise.resolve();
  }
  if (ctx.config.listen.processForwarded === 'reject' && saysForwarded(caller)) {
    answerNotAcceptable(caller);
    return Promise.resolve();
  }
  if (paths.isSubmission(method, target.path)) {
    caller.kind = 'statement';
    return submit(ctx, caller);
  }
  const queryId = method === 'POST' ? undefined : namedQuery(target.path, target.search, paths.statements);
  if (caller.prefix !== undefined && target.path.startsWith('/ui')) {
    redirectToPage(caller);
    return Promise.resolve();
  }
  if (queryId === undefined) {
    const isSpooled = target.path.startsWith(SPOOLED_PATH) && method !== 'POST' && method !== 'PUT';
    return isSpooled && !caller.isStrict ? followSpooled(ctx, caller) : pass(ctx, caller);
  }
  if (ctx.waitingRoom.owns(queryId)) return followQueued(ctx, caller, queryId);
  return follow(ctx, caller, queryId, {
    rescue: caller.method === 'GET' ? rescueOf(ctx, caller, queryId) : undefined,
    elsewhere: () => followElsewhere(ctx, caller, queryId),
  });
}

async function followElsewhere(ctx: ProxyContext, caller: Caller, queryId: string): Promise<boolean> {
  if (!(await adoptRerun(ctx, queryId))) return false;
  await followQueued(ctx, caller, queryId);
  return true;
}

function saysForwarded({ fields }: Caller): boolean {
  return fields.names.some(({ lower }) => isForwardedField(lower));
}
