/**
 * Spooled segments and their acknowledgements, where they come by way of a coordinator. Their address is encrypted by the
 * cluster that made them and holds no query id. A key in the URL names the cluster; without one every cluster is asked until
 * one understands the address: the others refuse it, and asking is harmless (GET, also for an acknowledgement).
 */
import { deliver, exchange, type Outcome } from '../relay/exchange.ts';
import { ownText } from '../relay/fields.ts';
import { answerBadGateway, answerNotFound } from './answers.ts';
import type { Caller } from './caller.ts';
import { HOLD_BYTES, type ProxyContext, requestFor, timed, timingLine } from './context.ts';
import { keyedBackend } from './keyed.ts';
import { rewrittenUris } from './uris.ts';

export const SPOOLED_PATH = '/v1/spooled/';

type Whole = Extract<Outcome, { kind: 'whole' }>;

export async function followSpooled(ctx: ProxyContext, caller: Caller): Promise<void> {
  const segment = caller.path.slice(caller.path.lastIndexOf('/') + 1);
  const named = keyedBackend(ctx, caller) ?? ctx.segments.get(segment);
  const asked = named === undefined ? everywhere(ctx) : [named];
  let refusal: Whole | undefined;
  caller.times.routed();
  for (const proxyTo of asked) {
    const outcome = await ask(ctx, caller, proxyTo);
    if (outcome.kind === 'failed') {
      ctx.fleet.doubt(proxyTo);
    } else if (isRefusal(outcome)) {
      refusal = outcome;
    } else {
      if (outcome.kind !== 'client-gone') ctx.segments.set(ownText(segment), proxyTo);
      conclude(ctx, caller, outcome);
      return;
    }
  }
  if (refusal !== undefined) conclude(ctx, caller, refusal);
  else if (asked.length === 0) answerNotFound(caller);
  else answerBadGateway(caller, 'the cluster that has this segment does not answer');
}

function isRefusal(outcome: Outcome): outcome is Whole {
  return outcome.kind === 'whole' && outcome.head.status >= 400;
}

function conclude(ctx: ProxyContext, caller: Caller, outcome: Outcome): void {
  if (outcome.kind === 'broken') ctx.counters.broken++;
  if (outcome.kind === 'whole') deliver(caller.call, outcome.head, outcome.body, timingLine(ctx, caller));
}

/** Those that take queries first; a cluster that is being rolled still has its segments. */
function everywhere({ fleet }: ProxyContext): string[] {
  const rank = ({ active, status }: { active: boolean; status: string }) =>
    (status === 'HEALTHY' ? 0 : 2) + (active ? 0 : 1);
  const views = fleet
    .views()
    .map(({ backend, seen }) => ({ ...backend, status: seen.status }))
    .toSorted((a, b) => rank(a) - rank(b));
  return [...new Set(views.map((view) => view.proxyTo))];
}

/** Once more where the connection was cut: an answer of a segment that has begun is never repeated. */
async function ask(ctx: ProxyContext, caller: Caller, proxyTo: string): Promise<Outcome> {
  const request = requestFor(ctx, caller, caller, proxyTo, 0);
  const outgoing = {
    ...{ pool: ctx.pools.to(proxyTo), request, holdBytes: HOLD_BYTES },
    ...timed(ctx, caller),
    ...rewrittenUris(ctx, caller, proxyTo),
  };
  const outcome = await exchange(caller.call, outgoing);
  if (outcome.kind !== 'failed' || outcome.failure.kind !== 'cut') return outcome;
  return exchange(caller.call, { ...outgoing, fresh: true });
}
