/** /entity: the older editor API (the Java gateway's EntityEditorResource). */
import { shortened } from '../../../src/base/shorten.ts';
import { backendJson, readBackend } from '../backend-json.ts';
import type { Changes } from '../changes.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { empty, json, mistake, type Route, text } from '../route.ts';

const ADMIN = ['ADMIN'] as const;
const ENTITY = 'GATEWAY_BACKEND';

export function entityRoutes(ctx: AdminContext, changes: Changes): Route[] {
  return [
    { method: 'GET', path: '/entity', roles: ADMIN, body: 'none', handle: () => json([ENTITY]) },
    {
      method: 'GET',
      path: '/entity/:type',
      roles: ADMIN,
      body: 'none',
      handle: ({ params }) =>
        params.type === ENTITY
          ? json(ctx.fleet.registry.all().map(backendJson))
          : unknownType(ctx, params.type),
    },
    {
      method: 'POST',
      path: '/entity',
      roles: ADMIN,
      body: 'json',
      async handle(request) {
        const { body, query } = request;
        if (query.entityType !== ENTITY) return unknownType(ctx, query.entityType);
        const read = readBackend(body, ctx.config.routing.defaultRoutingGroup, isStrict(ctx));
        if ('refusal' in read) return read.refusal;
        return (await changes.save(read.value, request)) ?? empty(200);
      },
    },
  ];
}

function unknownType(ctx: AdminContext, type: string | undefined) {
  if (type === undefined) {
    return isStrict(ctx) ? empty(500) : text(400, `entityType is missing: expected ${ENTITY}`);
  }
  const named = JSON.stringify(shortened(type));
  return mistake(isStrict(ctx), 404, `Unknown entityType ${named}: expected ${ENTITY}`);
}
