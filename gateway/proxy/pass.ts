/** Requests that belong to no query: /v1/info, the web UI, a login. Any backend of the group will do. */
import { shortened } from '../../src/base/shorten.ts';
import { exchange, type Outcome, type Outgoing } from '../relay/exchange.ts';
import { answerBadGateway, answerRefused, answerTampered, answerUnavailable } from './answers.ts';
import type { Caller } from './caller.ts';
import { chooseBackend } from './choose.ts';
import { type ProxyContext, requestFor, timed } from './context.ts';
import { type CookiesRead, cookieLines, readCookies } from './gateway-cookie.ts';
import { handshakeBackend, learnRedirect } from './handshakes.ts';
import type { ClientSide } from './headers.ts';
import { keyedBackend } from './keyed.ts';
import { asRouted, route, wantedBy } from './route.ts';
import { rewrittenUris } from './uris.ts';

/** The body of such a request is passed through unread. */
const NO_BODY = Buffer.alloc(0);

export async function pass(ctx: ProxyContext, caller: Caller): Promise<void> {
  const cookies = readCookies(ctx, caller);
  if (cookies === 'tampered') {
    answerTampered(caller);
    return;
  }
  const tiedTo = keyedBackend(ctx, caller) ?? handshakeBackend(ctx, caller) ?? cookies?.proxyTo;
  if (tiedTo !== undefined) {
    await passTo(ctx, caller, tiedTo, cookies);
    return;
  }
  const routed = route(ctx, caller, NO_BODY);
  const decision = routed instanceof Promise ? await routed : routed;
  if (decision.refusal !== undefined) {
    answerRefused(caller, decision);
    return;
  }
  const wanted = wantedBy(caller, decision);
  caller.times.routed();
  const client = asRouted(caller, decision);
  const failed = new Set<string>();
  while (!caller.gone) {
    const backend = chooseBackend(ctx, wanted, failed);
    if (backend === undefined) {
      answerUnavailable(caller, `no backend of routing group "${shortened(wanted.group)}" is ready`);
      return;
    }
    const { proxyTo } = backend;
    const outcome = await send(ctx, caller, client, proxyTo, cookies);
    if (outcome.kind === 'broken') ctx.counters.broken++;
    if (outcome.kind !== 'failed') return;
    const { kind, reason } = outcome.failure;
    if (kind === 'refused') ctx.fleet.refused(proxyTo, `a request could not be sent: ${reason}`);
    else ctx.fleet.doubt(proxyTo);
    if (kind !== 'refused' || outcome.hasTakenBody || caller.isStrict) {
      const waitedMs = ctx.config.routing.asyncTimeout;
      answerBadGateway(caller, `${backend.name} does not answer`, { kind, waitedMs });
      return;
    }
    failed.add(proxyTo);
  }
}

/** A request of a handshake, or of a client that was given the cluster's key: no other cluster will do. */
async function passTo(
  ctx: ProxyContext,
  caller: Caller,
  proxyTo: string,
  cookies: CookiesRead | undefined,
): Promise<void> {
  caller.times.routed();
  const outcome = await send(ctx, caller, caller, proxyTo, cookies);
  if (outcome.kind === 'broken') ctx.counters.broken++;
  if (outcome.kind !== 'failed') return;
  ctx.fleet.doubt(proxyTo);
  answerBadGateway(caller, 'the cluster that this request belongs to does not answer');
}

/** Once more only where a kept connection turned out to be closed and repeating is the same as sending once. */
async function send(
  ctx: ProxyContext,
  caller: Caller,
  client: ClientSide,
  proxyTo: string,
  cookies: CookiesRead | undefined,
): Promise<Outcome> {
  const { body, method } = caller.call.head;
  const request = requestFor(ctx, caller, client, proxyTo, body);
  const timing = timed(ctx, caller);
  const outgoing: Outgoing = {
    ...{ pool: ctx.pools.to(proxyTo), request, holdBytes: 0, times: caller.times },
    ...rewrittenUris(ctx, caller, proxyTo),
    extraLines: (head) =>
      (timing.extraLines?.(head) ?? '') +
      learnRedirect(ctx, caller, head, proxyTo) +
      cookieLines(ctx, caller, cookies, proxyTo),
  };
  const outcome = await exchange(caller.call, outgoing);
  const isRepeatable = body === 0 && (method === 'GET' || method === 'HEAD');
  if (outcome.kind !== 'failed' || !outcome.failure.isStale || !isRepeatable) return outcome;
  return exchange(caller.call, { ...outgoing, fresh: true });
}
