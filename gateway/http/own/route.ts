/** A route under /rehearse/v1: with its description, from which the OpenAPI document is made. */
import type { z } from 'zod';
import type { Role } from '../../auth/index.ts';
import type { Route } from '../route.ts';

/** Who may operate: the Java gateway's API role, for scripts, and ADMIN, for people. */
export const OPERATORS: readonly Role[] = ['ADMIN', 'API'];

export interface OwnRoute extends Route {
  readonly summary: string;
  /** Query parameters by name. */
  readonly parameters?: z.ZodObject;
  readonly request?: z.ZodObject;
  readonly response: z.ZodType;
}

type Description = Pick<OwnRoute, 'summary' | 'response'> & Partial<OwnRoute>;

export function ownRoute(
  method: 'GET' | 'POST',
  path: string,
  description: Description,
  handle: Route['handle'],
): OwnRoute {
  const body = description.request === undefined ? 'none' : 'json';
  return {
    method,
    path: `/rehearse/v1${path}`,
    roles: OPERATORS,
    body,
    ...description,
    handle: unstored(handle),
  };
}

/** What is told of now is for now. */
function unstored(handle: Route['handle']): Route['handle'] {
  return async (request) => {
    const answer = await handle(request);
    return { ...answer, headers: { ...answer.headers, 'Cache-Control': 'no-store' } };
  };
}
