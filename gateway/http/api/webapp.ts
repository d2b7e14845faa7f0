/** /webapp: what the console calls (the Java gateway's GatewayWebAppResource). Answers come in its envelope. */
import { z } from 'zod';
import { listedJson, readBackend, savedJson } from '../backend-json.ts';
import type { Changes } from '../changes.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { readJson } from '../input.ts';
import { envelope, type Route } from '../route.ts';

const named = z.looseObject({ name: z.string().min(1) });

export function webappRoutes(ctx: AdminContext, changes: Changes): Route[] {
  return [
    {
      method: 'POST',
      path: '/webapp/getAllBackends',
      roles: ['USER'],
      body: 'json',
      handle: () => envelope(ctx.fleet.views().map((v) => listedJson(v, ctx.open.count(v.backend.proxyTo)))),
    },
    saving(ctx, '/webapp/saveBackend', changes.add),
    saving(ctx, '/webapp/updateBackend', changes.save),
    {
      method: 'POST',
      path: '/webapp/deleteBackend',
      roles: ['ADMIN'],
      body: 'json',
      async handle(request) {
        const read = readJson(request.body, named, { strict: isStrict(ctx) });
        if ('refusal' in read) return read.refusal;
        return (await changes.remove(read.value.name, request)) ?? envelope(true);
      },
    },
    {
      method: 'GET',
      path: '/webapp/getUIConfiguration',
      roles: ['USER'],
      body: 'none',
      handle() {
        const { disablePages } = ctx.config.uiConfiguration;
        return envelope(disablePages.length === 0 ? {} : { disablePages });
      },
    },
  ];
}

function saving(ctx: AdminContext, path: string, change: Changes['save']): Route {
  return {
    method: 'POST',
    path,
    roles: ['ADMIN'],
    body: 'json',
    async handle(request) {
      const read = readBackend(request.body, ctx.config.routing.defaultRoutingGroup, isStrict(ctx));
      if ('refusal' in read) return read.refusal;
      return (
        (await change(read.value, request)) ?? envelope(savedJson(request.body, read.value, isStrict(ctx)))
      );
    },
  };
}
