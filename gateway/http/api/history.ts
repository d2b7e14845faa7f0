/** The query history: a page of it for the console, the newest rows for scripts. */
import { z } from 'zod';
import type { Principal } from '../../auth/index.ts';
import { backendJson } from '../backend-json.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { readJson } from '../input.ts';
import { type Answer, envelope, json, type Route, text } from '../route.ts';
import { nameOf } from './distribution.ts';

const USER = ['USER'] as const;
/** So many rows the Java gateway answers at most (its queryHistory). */
const MOST_ROWS = 2_000;

const filterText = () =>
  z
    .string()
    .nullish()
    .transform((text) => (text === null || text === '' ? undefined : text));

export const historyQuery = z.strictObject({
  page: z.number().int().min(1).max(1_000_000).default(1),
  size: z.number().int().min(1).max(MOST_ROWS).default(10),
  user: filterText(),
  externalUrl: filterText(),
  queryId: filterText(),
  source: filterText(),
});

export function historyRoutes(ctx: AdminContext): Route[] {
  const recent = (caller: Principal) => ctx.store.history.recent({ user: ownUser(caller) }, MOST_ROWS);
  const get = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    roles: USER,
    body: 'none',
    handle: (request) => reading(ctx, () => handle(request)),
  });
  return [
    {
      method: 'POST',
      path: '/webapp/findQueryHistory',
      roles: USER,
      body: 'json',
      handle: ({ body, caller }) =>
        reading(ctx, async () => {
          const read = readJson(body, historyQuery, { strict: isStrict(ctx), absent: {} });
          if ('refusal' in read) return read.refusal;
          const { page, size, ...filter } = read.value;
          const own = { ...filter, user: ownUser(caller) ?? filter.user };
          return envelope(await ctx.store.history.find(own, (page - 1) * size, size));
        }),
    },
    get('/trino-gateway/api/queryHistory', async ({ caller }) => json(await recent(caller))),
    get('/trino-gateway/api/activeBackends', () =>
      json(
        ctx.fleet.registry
          .all()
          .filter((b) => b.active)
          .map(backendJson),
      ),
    ),
    get('/trino-gateway/api/queryHistoryDistribution', async ({ caller }) => {
      const counts: Record<string, number> = Object.create(null);
      for (const { backendUrl } of await recent(caller)) {
        const name = nameOf(ctx, backendUrl);
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return json(counts);
    }),
  ];
}

/** Whoever is no admin sees his own queries only. */
function ownUser(caller: Principal): string | undefined {
  return caller.roles.includes('ADMIN') ? undefined : caller.name;
}

/** A store that cannot be read is 503, not a bug. */
export async function reading(ctx: AdminContext, read: () => Promise<Answer> | Answer): Promise<Answer> {
  try {
    return await read();
  } catch (error) {
    ctx.log.warn({ reason: String(error) }, 'the query history could not be read');
    return text(503, `The ${ctx.store.kind} store cannot be read now`);
  }
}
