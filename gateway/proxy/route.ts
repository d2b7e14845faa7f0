/** Asks the routers about one request. */
import { HEADER } from '../../src/trino/headers.ts';
import type { RequestFacts } from '../routing/request.ts';
import { chooseGroup, type Decision, type LazyFacts, type MaybePromise } from '../routing/routers.ts';
import type { Caller } from './caller.ts';
import type { Wanted } from './choose.ts';
import type { ProxyContext } from './context.ts';
import { type ClientSide, changedFields } from './headers.ts';

/** A promise only where a router has to wait. `body` is the statement's text, empty where there is none. */
export function route(ctx: ProxyContext, caller: Caller, body: Buffer): MaybePromise<Decision> {
  return chooseGroup(ctx.routers, caller, factsOf(ctx, caller, body), ctx.config.routing.defaultRoutingGroup);
}

function factsOf({ analyse }: ProxyContext, caller: Caller, body: Buffer): LazyFacts {
  if (analyse === undefined) return undefined;
  let facts: Promise<RequestFacts> | undefined;
  return () => {
    facts ??= analyse(caller, body);
    return facts;
  };
}

/** What a decision asks of the choice of a backend. */
export function wantedBy(caller: Caller, { backend, group }: Decision): Wanted {
  return { group, backend, user: caller.header(HEADER.user) ?? undefined };
}

/** The client's side with the headers that a router set. */
export function asRouted(caller: Caller, { headers }: Decision): ClientSide {
  if (headers === undefined || headers.size === 0) return caller;
  const { connection, host, address, isSecure } = caller;
  return { fields: changedFields(caller.fields, headers), connection, host, address, isSecure };
}
