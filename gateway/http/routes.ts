/** All routes of the admin API. */
import { backendRoutes } from './api/backends.ts';
import { distributionRoute } from './api/distribution.ts';
import { entityRoutes } from './api/entity.ts';
import { historyRoutes } from './api/history.ts';
import { publicRoutes } from './api/public.ts';
import { routingRulesRoutes } from './api/routing-rules.ts';
import { sessionRoutes } from './api/session.ts';
import { webappRoutes } from './api/webapp.ts';
import { backendChanges } from './changes.ts';
import { consoleRoutes } from './console/routes.ts';
import type { AdminContext } from './context.ts';
import { type EventLoop, metricsRoute } from './metrics/index.ts';
import { ownRoutes } from './own/routes.ts';
import type { Route } from './route.ts';

export function allRoutes(ctx: AdminContext, loop: EventLoop): Route[] {
  const changes = backendChanges(ctx);
  return [
    ...backendRoutes(ctx, changes),
    ...entityRoutes(ctx, changes),
    ...webappRoutes(ctx, changes),
    ...routingRulesRoutes(ctx),
    ...historyRoutes(ctx),
    distributionRoute(ctx),
    ...sessionRoutes(ctx),
    ...publicRoutes(ctx),
    ...ownRoutes(ctx, changes),
    metricsRoute(ctx, loop),
    ...consoleRoutes(),
  ];
}
