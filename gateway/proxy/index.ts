/**
 * The proxy's one door. It takes the requests that belong to the clusters and leaves the rest to the admin API,
 * so that what is behind it can be exchanged without touching anything before it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText } from '../../src/base/errors.ts';
import { namedQuery } from '../routing/query-id.ts';
import { answerMethodNotAllowed, answerUnavailable } from './answers.ts';
import { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';
import { follow } from './follow.ts';
import { pass } from './pass.ts';
import { isAllowedMethod, isProxied, isSubmission } from './paths.ts';
import { submit } from './submit.ts';

export interface StatementProxy {
  /** True when the request target is one for the clusters. */
  handles(url: string): boolean;
  /** Answers the request; never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

export function createProxy(ctx: ProxyContext): StatementProxy {
  return {
    handles: isProxied,
    handle(request, response) {
      const caller = new Caller(request, response);
      answer(ctx, caller).catch((error: unknown) => {
        ctx.log.error(
          { reason: errorText(error), method: caller.method },
          'a proxied request failed in the gateway',
        );
        // What a backend sent may itself be what cannot be sent on: then there is nothing but to hang up.
        try {
          if (response.headersSent) response.destroy();
          else answerUnavailable(caller, 'the gateway failed on this request');
        } catch {
          response.destroy();
        }
      });
    },
  };
}

function answer(ctx: ProxyContext, caller: Caller): Promise<void> {
  const { method, target } = caller;
  if (!isAllowedMethod(method)) {
    answerMethodNotAllowed(caller);
    return Promise.resolve();
  }
  if (isSubmission(method, target.path)) return submit(ctx, caller);
  const queryId = method === 'POST' ? undefined : namedQuery(target.path, target.search);
  return queryId === undefined ? pass(ctx, caller) : follow(ctx, caller, queryId);
}
