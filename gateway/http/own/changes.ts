/** What was changed through the API, by whom, from where: by any gateway on the database. */
import { reading } from '../api/history.ts';
import type { AdminContext } from '../context.ts';
import { readQuery } from '../input.ts';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { changeList, changesQuery } from './shapes.ts';

export function changesRoute(ctx: AdminContext): OwnRoute {
  return ownRoute(
    'GET',
    '/changes',
    { summary: 'Who changed what through the API', response: changeList, parameters: changesQuery },
    ({ query }) => {
      const read = readQuery(query, changesQuery);
      if ('refusal' in read) return read.refusal;
      return reading(ctx, async () => json(await ctx.store.changes({ most: read.value.limit })));
    },
  );
}
