/** Where a request would go, and why: the same routers and states as for a real one, and nothing is sent. */
import type { z } from 'zod';
import type { BackendView } from '../../backends/fleet.ts';
import { groupsInOrder } from '../../routing/fallback.ts';
import type { RequestFacts, RoutedRequest } from '../../routing/request.ts';
import { chooseGroup, type LazyFacts } from '../../routing/routers.ts';
import type { AdminContext } from '../context.ts';
import { readJson } from '../input.ts';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { explainRequest, explanation } from './shapes.ts';

type Described = z.output<typeof explainRequest>;

export function explainRoute(ctx: AdminContext): OwnRoute {
  return ownRoute(
    'POST',
    '/explain',
    {
      summary: 'Where a described request would go, and why; an external router is really asked',
      request: explainRequest,
      response: explanation,
    },
    async ({ address, body }) => {
      const read = readJson(body, explainRequest, { strict: false, exact: true, absent: {} });
      return 'refusal' in read ? read.refusal : json(await explain(ctx, read.value, address));
    },
  );
}

async function explain(ctx: AdminContext, described: Described, address: string) {
  const request = requestOf(described, address);
  const facts = factsOf(ctx, request, described.body);
  const { defaultRoutingGroup } = ctx.config.routing;
  const { by, group, refusal } = await chooseGroup(ctx.routers, request, facts, defaultRoutingGroup);
  const analysis = ctx.rules?.needsAnalysis === true ? await facts?.() : undefined;
  const said = ctx.rules?.explain(request, analysis);
  return {
    group,
    by,
    ...(refusal === undefined ? {} : { refusal }),
    rules: (said?.rules ?? []).map((rule) => ({
      name: rule.name,
      priority: rule.priority,
      matched: rule.matched ?? null,
      sets: rule.sets ?? null,
      groupAfter: rule.groupAfter ?? null,
      fault: rule.fault ?? null,
    })),
    candidates: groupsInOrder(ctx.config.routing, group).flatMap((one) => candidatesOf(ctx, one)),
  };
}

function requestOf({ headers, method, path, user }: Described, address: string): RoutedRequest {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (user !== undefined) given.set('x-trino-user', user);
  return {
    method,
    path: path.split('?', 1)[0] ?? path,
    url: path,
    address,
    rawHeaders: [...given].flat(),
    header: (name) => given.get(name.toLowerCase()) ?? null,
  };
}

function factsOf({ analyse }: AdminContext, request: RoutedRequest, body: string): LazyFacts {
  if (analyse === undefined) return undefined;
  let facts: Promise<RequestFacts> | undefined;
  return () => {
    facts ??= analyse(request, Buffer.from(body));
    return facts;
  };
}

function candidatesOf(ctx: AdminContext, group: string) {
  const usable = ctx.fleet.candidates(group);
  return ctx.fleet
    .views()
    .filter((view) => view.backend.routingGroup === group)
    .map((view) => ({
      name: view.backend.name,
      group,
      eligible: usable.includes(view),
      reason: reasonOf(view),
      openQueries: ctx.open.count(view.backend.proxyTo),
    }));
}

function reasonOf({ backend, passive, seen }: BackendView): string {
  if (passive.ejectedUntilMs !== undefined) return 'ejected for a while: it kept failing';
  return backend.active ? `${seen.status}: ${seen.reason}` : 'inactive';
}
