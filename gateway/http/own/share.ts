/** A canary's share of its group's new queries, changed while the gateway runs: what a canary roll goes by. */
import { shortened } from '../../../src/base/shorten.ts';
import type { AdminContext } from '../context.ts';
import { readJson } from '../input.ts';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { share, shareRequest } from './shapes.ts';

export function shareRoute(ctx: AdminContext): OwnRoute {
  return ownRoute(
    'POST',
    '/backends/:name/share',
    {
      summary: 'Gives the backend a share of its group’s new queries; held in memory by this node',
      request: shareRequest,
      response: share,
    },
    ({ body, params: { name = '' } }) => {
      const read = readJson(body, shareRequest, { strict: false, exact: true });
      if ('refusal' in read) return read.refusal;
      if (ctx.fleet.view(name) === undefined)
        return json({ error: `there is no backend named ${JSON.stringify(shortened(name))}` }, 404);
      const { percent } = read.value;
      ctx.tunings.set(name, { canaryShare: percent ?? undefined });
      ctx.log.info({ backend: name, percent }, 'canary share set by the API');
      return json({ name, percent });
    },
  );
}
