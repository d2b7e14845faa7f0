/** Puts routes into fastify: who may ask, what a body may be, and which methods a path has. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Auth, Principal } from '../auth/index.ts';
import { EVERYBODY, holdsOneOf } from '../auth/principal.ts';
import { isForeign } from './origin.ts';
import { type Answer, type ApiRequest, empty, failed, heldUp, json, type Route, text } from './route.ts';

const OWN_PREFIX = '/rehearse/';
const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
type Method = (typeof ALL_METHODS)[number];

/** Registers every route, and answers 405 for the other methods of each path. */
export function serve(app: FastifyInstance, routes: readonly Route[], auth: Auth): void {
  const callers = new WeakMap<FastifyRequest, Principal>();
  for (const route of routes) {
    app.route({
      method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
      url: route.path,
      exposeHeadRoute: false,
      onRequest: async (request, reply) => {
        const refusal = await admit(route, request, auth, callers);
        if (refusal !== undefined) return send(reply, refusal);
        return undefined;
      },
      handler: async (request, reply) =>
        send(reply, await route.handle(apiRequest(request, reply, callers.get(request) ?? EVERYBODY))),
    });
  }
  for (const [path, methods] of methodsByPath(routes)) {
    const allow = [...methods.filter((m) => m !== 'HEAD' && m !== 'OPTIONS'), 'OPTIONS'].join(',');
    app.route({
      method: 'OPTIONS',
      url: path,
      handler: (_, reply) => send(reply, { ...empty(200), headers: { Allow: allow } }),
    });
    const others = ALL_METHODS.filter((m) => !methods.includes(m));
    app.route({
      method: others,
      url: path,
      onRequest: (_, reply, done) => {
        send(reply, { ...empty(405), headers: { Allow: allow } });
        done();
      },
      handler: (_, reply) => reply,
    });
  }
}

function methodsByPath(routes: readonly Route[]): Map<string, Method[]> {
  const byPath = new Map<string, Method[]>();
  for (const { method, path } of routes) {
    const methods = byPath.get(path) ?? ['OPTIONS'];
    byPath.set(path, [...methods, ...((method === 'GET' ? ['GET', 'HEAD'] : [method]) as Method[])]);
  }
  return byPath;
}

/** The refusal, or nothing when the request may go on. Done before the body is read. */
async function admit(
  route: Route,
  request: FastifyRequest,
  auth: Auth,
  callers: WeakMap<FastifyRequest, Principal>,
): Promise<Answer | undefined> {
  if (route.method !== 'GET' && isForeign(request.headers))
    return text(403, 'Error 403 Forbidden: the request comes from a page of another site');
  if (route.roles.length > 0) {
    const caller = await auth.identify(request.headers, request.ip);
    if (caller.kind === 'too-many') return heldUpCaller(route, caller.waitMs);
    if (caller.kind === 'unknown') return unknownCaller(route);
    if (!holdsOneOf(caller.principal, route.roles)) return unfitCaller(route);
    callers.set(request, caller.principal);
  }
  const unfit = route.body === 'json' && hasBody(request) && !isJson(request.headers['content-type']);
  return unfit ? empty(415) : undefined;
}

/** The Java gateway's paths answer as it does; ours by the book of HTTP. */
function unknownCaller(route: Route): Answer {
  if (!route.path.startsWith(OWN_PREFIX)) return empty(403);
  const answer = json({ error: 'valid credentials are needed' }, 401);
  return { ...answer, headers: { ...answer.headers, 'WWW-Authenticate': 'Bearer' } };
}

/** The Java gateway holds nobody up, so there is no answer of its own to copy. */
function heldUpCaller(route: Route, waitMs: number): Answer {
  const isOwn = route.path.startsWith(OWN_PREFIX);
  return heldUp(waitMs, (reason) => (isOwn ? json({ error: reason }, 429) : text(429, reason)));
}

function unfitCaller(route: Route): Answer {
  if (!route.path.startsWith(OWN_PREFIX)) return failed(401, 'Unauthorized');
  return json({ error: `one of these roles is needed: ${route.roles.join(', ')}` }, 403);
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** A missing media type is taken for JSON: browsers cannot leave it out, and curl users do. */
function isJson(type: string | undefined): boolean {
  return type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type.trim());
}

function apiRequest(request: FastifyRequest, reply: FastifyReply, caller: Principal): ApiRequest {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  return {
    params: request.params as Record<string, string>,
    query: single(request.query as Record<string, string | string[]>),
    headers: request.headers,
    body: typeof request.body === 'string' ? request.body : '',
    address: request.ip,
    secure: request.protocol === 'https',
    caller,
    gone: abort.signal,
  };
}

/** The first value of each name. */
function single(query: Record<string, string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(query).map(([k, v]) => [k, Array.isArray(v) ? v[0] : v]));
}

export function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  // As bytes: to JSON that is text the framework would add a character set.
  return reply
    .code(status)
    .headers(headers)
    .send(typeof body === 'string' ? Buffer.from(body) : body);
}
