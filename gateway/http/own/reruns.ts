/** Queries that were run again on another cluster. */
import { nameOf } from '../api/distribution.ts';
import type { AdminContext } from '../context.ts';
import { readQuery } from '../input.ts';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { reruns, rerunsQuery } from './shapes.ts';

export function rerunsRoute(ctx: AdminContext): OwnRoute {
  return ownRoute(
    'GET',
    '/reruns',
    {
      summary: 'Queries run again on another cluster, by any gateway on the store, newest first',
      response: reruns,
      parameters: rerunsQuery,
    },
    async ({ query }) => {
      const read = readQuery(query, rerunsQuery);
      if ('refusal' in read) return read.refusal;
      const found = await ctx.store.reruns(read.value.limit);
      return json(
        found.map(({ atMs, cause, lostProxyTo, proxyTo, queryId, rerunId }) => ({
          queryId,
          rerunId,
          backend: nameOf(ctx, proxyTo),
          lostBackend: nameOf(ctx, lostProxyTo),
          cause,
          at: new Date(atMs).toISOString(),
        })),
      );
    },
  );
}
