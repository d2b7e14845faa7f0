/** Requests that belong to no query: /v1/info, the web UI, a login. Any backend of the group will do. */
import { answerBadGateway, answerRefused, answerUnavailable } from './answers.ts';
import type { Caller } from './caller.ts';
import { chooseBackend } from './choose.ts';
import { headersFor, type ProxyContext } from './context.ts';
import { exchange } from './exchange.ts';
import { failureKind } from './failures.ts';
import { asRouted, route } from './route.ts';

/** The body of such a request is passed through unread. */
const NO_BODY = Buffer.alloc(0);

export async function pass(ctx: ProxyContext, caller: Caller): Promise<void> {
  const routed = route(ctx, caller, NO_BODY);
  const decision = routed instanceof Promise ? await routed : routed;
  if (decision.refusal !== undefined) {
    answerRefused(caller, decision.refusal);
    return;
  }
  const { group } = decision;
  const client = asRouted(caller, decision);
  const hasBody = caller.method === 'POST' || caller.method === 'PUT';
  const failed = new Set<string>();
  while (!caller.gone) {
    const backend = chooseBackend(ctx, group, failed);
    if (backend === undefined) {
      answerUnavailable(caller, `no backend of routing group "${group}" is ready`);
      return;
    }
    const { proxyTo } = backend;
    const outcome = await exchange(caller, {
      pool: ctx.pools.to(proxyTo),
      headers: headersFor(ctx, client, proxyTo, hasBody),
      body: hasBody ? caller.request : null,
      holdBytes: 0,
    });
    if (outcome.kind === 'broken') ctx.counters.broken++;
    if (outcome.kind !== 'failed') return;
    const refused = failureKind(outcome.error) === 'refused';
    if (refused) ctx.fleet.refused(proxyTo, `a request could not be sent: ${outcome.error.message}`);
    else ctx.fleet.doubt(proxyTo);
    if (!refused || hasBody) {
      answerBadGateway(caller, `${backend.name} does not answer`);
      return;
    }
    failed.add(proxyTo);
  }
}
