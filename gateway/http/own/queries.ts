/** The queries that this gateway has open now. Statement texts are not among what is told. */
import { nameOf } from '../api/distribution.ts';
import type { AdminContext } from '../context.ts';
import { readQuery } from '../input.ts';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { queries, queriesQuery } from './shapes.ts';

export function queriesRoute(ctx: AdminContext): OwnRoute {
  return ownRoute(
    'GET',
    '/queries',
    {
      summary: 'Queries open through this gateway, oldest first',
      response: queries,
      parameters: queriesQuery,
    },
    ({ query }) => {
      const read = readQuery(query, queriesQuery);
      if ('refusal' in read) return read.refusal;
      const { backend, limit, user } = read.value;
      const found = ctx.open.list(
        ({ asker, proxyTo }) =>
          (backend === undefined || nameOf(ctx, proxyTo) === backend) &&
          (user === undefined || asker?.user === user),
        limit,
      );
      return json({
        total: found.total,
        queries: found.queries.map(({ ageMs, asker, idleMs, proxyTo, queryId }) => ({
          queryId,
          backend: nameOf(ctx, proxyTo),
          user: asker?.user ?? '',
          source: asker?.source ?? '',
          group: asker?.group ?? '',
          ageMs: Math.round(ageMs),
          idleMs: Math.round(idleMs),
        })),
      });
    },
  );
}
