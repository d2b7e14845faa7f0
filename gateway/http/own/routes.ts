/** All routes under /rehearse/v1, the document about them included. */
import type { Changes } from '../changes.ts';
import type { AdminContext } from '../context.ts';
import { changesRoute } from './changes.ts';
import { drainRoutes } from './drain.ts';
import { explainRoute } from './explain.ts';
import { openapiRoute } from './openapi.ts';
import { queriesRoute } from './queries.ts';
import { rerunsRoute } from './reruns.ts';
import type { OwnRoute } from './route.ts';
import { shareRoute } from './share.ts';
import { statusRoutes } from './status.ts';

export function ownRoutes(ctx: AdminContext, changes: Changes): OwnRoute[] {
  const routes = [
    ...statusRoutes(ctx),
    ...drainRoutes(ctx, changes),
    shareRoute(ctx),
    explainRoute(ctx),
    queriesRoute(ctx),
    rerunsRoute(ctx),
    changesRoute(ctx),
  ];
  return [...routes, openapiRoute(routes)];
}
