/** The admin API of a gateway, by the Java Trino Gateway's REST paths: any gateway that has them can be rolled. */
import { request } from 'undici';
import { errorText, failure } from '../../base/errors.ts';

export interface BackendState {
  /** PENDING, HEALTHY, UNHEALTHY or UNKNOWN. */
  readonly status: string;
  /** Why, where the gateway tells. */
  readonly reason: string;
  /** Queries the gateway itself has open on the backend, where it counts them. */
  readonly openQueries: number | undefined;
}

export interface GatewayBackend {
  readonly name: string;
  readonly proxyTo: string;
  readonly routingGroup: string;
  readonly active: boolean;
}

export interface GatewayAdmin {
  state(name: string): Promise<BackendState>;
  /** Names of the backends that take new queries; of several nodes, of any. */
  active(): Promise<string[]>;
  /** Whether the gateway knows a backend of this name. */
  has(name: string): Promise<boolean>;
  /** What the gateway knows of a backend; undefined when it has none of this name. */
  backend(name: string): Promise<GatewayBackend | undefined>;
  activate(name: string): Promise<void>;
  deactivate(name: string): Promise<void>;
  /** Adds or replaces a backend. */
  put(backend: { name: string; proxyTo: string; routingGroup: string; active: boolean }): Promise<void>;
  remove(name: string): Promise<void>;
  /**
   * Gives a backend a share of its group's new queries, percent; undefined: it is chosen like the others again. Throws
   * GATEWAY_REFUSED where the gateway has no shares: the bundled one has.
   */
  setShare(name: string, percent: number | undefined): Promise<void>;
}

/** Who asks; sent with every call as Basic authorization or as a bearer token. */
export interface AdminCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

function authorization({ user, password, token }: AdminCredentials): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

const ADMIN_TIMEOUT_MS = 10_000;
/** Stands for a 404 where that is an answer. */
const NOT_THERE = 'not there';

type Call = (
  method: 'GET' | 'POST',
  path: string,
  body?: { type: string; text: string },
  /** Answered in place of a 404. */
  missing?: string,
) => Promise<string>;

function caller(url: string, credentials: AdminCredentials): Call {
  const authorized = authorization(credentials);
  return async (method, path, body, missing) => {
    const fail = (status: string, cause?: unknown) =>
      failure('GATEWAY_REFUSED', { url, status, request: `${method} ${path}` }, cause);
    const ask = async () => {
      const answer = await request(url + path, {
        method,
        headers: { ...authorized, ...(body ? { 'content-type': body.type } : {}) },
        body: body?.text ?? null,
        signal: AbortSignal.timeout(ADMIN_TIMEOUT_MS),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    };
    const { status, text } = await ask().catch((error: unknown) => {
      throw fail(errorText(error), error);
    });
    if (status === 404 && missing !== undefined) return missing;
    if (status >= 300) throw fail(`${status} (${text.slice(0, 120)})`);
    // The Java gateway tells whoever lacks the role so in the body of a 200: {"code":401,"msg":"Unauthorized"}.
    const code = parseObject(text)?.code;
    if (typeof code === 'number' && code >= 400) throw fail(`${status} (${text.slice(0, 120)})`);
    return text;
  };
}

/** Speaks to the gateway at `url`; failed calls throw GATEWAY_REFUSED. */
export function gatewayAdmin(url: string, credentials: AdminCredentials = {}): GatewayAdmin {
  const call = caller(url, credentials);
  const name = encodeURIComponent;
  const known = async (backend: string) => {
    const text = await call('GET', `/api/public/backends/${name(backend)}`, undefined, NOT_THERE);
    return text === NOT_THERE ? undefined : (parseObject(text) ?? {});
  };
  return {
    async state(backend) {
      const path = `/api/public/backends/${name(backend)}/state`;
      const state = parseObject(await call('GET', path));
      if (state === undefined)
        throw failure('GATEWAY_REFUSED', {
          url,
          status: '200 without a JSON object',
          request: `GET ${path}`,
        });
      return {
        status: String(state.trinoStatus ?? 'UNKNOWN'),
        reason: typeof state.reason === 'string' ? state.reason : '',
        openQueries: typeof state.openQueries === 'number' ? state.openQueries : undefined,
      };
    },
    async active() {
      const path = '/gateway/backend/active';
      const list = parseJson(await call('GET', path));
      if (!Array.isArray(list))
        throw failure('GATEWAY_REFUSED', { url, status: '200 without a JSON list', request: `GET ${path}` });
      return list.map((backend: { name?: unknown } | null) => String(backend?.name));
    },
    has: async (backend) => (await known(backend)) !== undefined,
    async backend(backend) {
      const found = await known(backend);
      if (found === undefined) return undefined;
      const { proxyTo, routingGroup, active } = found;
      return {
        name: backend,
        proxyTo: String(proxyTo ?? ''),
        routingGroup: String(routingGroup ?? ''),
        active: active === true,
      };
    },
    activate: async (backend) => void (await call('POST', `/gateway/backend/activate/${name(backend)}`)),
    deactivate: async (backend) => void (await call('POST', `/gateway/backend/deactivate/${name(backend)}`)),
    async put(backend) {
      const text = JSON.stringify({ ...backend, externalUrl: backend.proxyTo });
      await call('POST', '/gateway/backend/modify/update', { type: 'application/json', text });
    },
    remove: async (backend) =>
      void (await call('POST', '/gateway/backend/modify/delete', {
        type: 'application/json',
        text: backend,
      })),
    async setShare(backend, percent) {
      const text = JSON.stringify({ percent: percent ?? null });
      await call('POST', `/rehearse/v1/backends/${name(backend)}/share`, { type: 'application/json', text });
    },
  };
}

/**
 * Several nodes of one gateway as one: a change goes to each, so that none has to hear of it by the store first; a
 * backend is healthy when all call it so, and its open queries are those of all. A node that does not answer makes
 * the call fail, unless `isUp` says that it is down: then the others decide.
 */
export function nodesAdmin(
  nodes: readonly { readonly admin: GatewayAdmin; readonly isUp: () => boolean }[],
): GatewayAdmin {
  const living = () => {
    const up = nodes.filter((node) => node.isUp());
    return (up.length === 0 ? nodes : up).map((node) => node.admin);
  };
  const each = async (work: (admin: GatewayAdmin) => Promise<void>) => {
    await Promise.all(living().map(work));
  };
  const first = <T>(work: (admin: GatewayAdmin) => Promise<T>): Promise<T> => {
    const [admin] = living();
    if (admin === undefined) throw new Error('a gateway without nodes');
    return work(admin);
  };
  return {
    async state(name) {
      const states = await Promise.all(living().map((admin) => admin.state(name)));
      const worst = states.find((state) => state.status !== 'HEALTHY') ?? states[0];
      const counts = states.map((state) => state.openQueries);
      const openQueries = counts.some((n) => n === undefined)
        ? undefined
        : counts.reduce((sum: number, n) => sum + (n ?? 0), 0);
      return { status: worst?.status ?? 'UNKNOWN', reason: worst?.reason ?? '', openQueries };
    },
    async active() {
      const lists = await Promise.all(living().map((admin) => admin.active()));
      return [...new Set(lists.flat())];
    },
    has: (name) => first((admin) => admin.has(name)),
    backend: (name) => first((admin) => admin.backend(name)),
    activate: (name) => each((admin) => admin.activate(name)),
    deactivate: (name) => each((admin) => admin.deactivate(name)),
    put: (backend) => each((admin) => admin.put(backend)),
    remove: (name) => each((admin) => admin.remove(name)),
    setShare: (name, percent) => each((admin) => admin.setShare(name, percent)),
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
