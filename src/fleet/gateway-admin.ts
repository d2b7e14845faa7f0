/** The admin API of a gateway, by the Java Trino Gateway's REST paths: any gateway that has them can be rolled. */
import { request } from 'undici';
import { errorText, failure } from '../base/errors.ts';

export interface BackendState {
  /** PENDING, HEALTHY, UNHEALTHY or UNKNOWN. */
  readonly status: string;
  /** Why, where the gateway tells. */
  readonly reason: string;
  /** Queries the gateway itself has open on the backend, where it counts them. */
  readonly openQueries: number | undefined;
}

export interface GatewayAdmin {
  state(name: string): Promise<BackendState>;
  /** Names of the backends that take new queries. */
  active(): Promise<string[]>;
  /** Whether the gateway knows a backend of this name. */
  has(name: string): Promise<boolean>;
  activate(name: string): Promise<void>;
  deactivate(name: string): Promise<void>;
  /** Adds or replaces a backend. */
  put(backend: { name: string; proxyTo: string; routingGroup: string; active: boolean }): Promise<void>;
  remove(name: string): Promise<void>;
}

const ADMIN_TIMEOUT_MS = 10_000;
/** Stands for a 404 where that is an answer. */
const NOT_THERE = 'not there';

/** Speaks to the gateway at `url`; failed calls throw GATEWAY_REFUSED. */
export function gatewayAdmin(url: string): GatewayAdmin {
  const call = async (
    method: 'GET' | 'POST',
    path: string,
    body?: { type: string; text: string },
    missing?: string,
  ): Promise<string> => {
    const fail = (status: string, cause?: unknown) =>
      failure('GATEWAY_REFUSED', { url, status, request: `${method} ${path}` }, cause);
    const ask = async () => {
      const answer = await request(url + path, {
        method,
        headers: body ? { 'content-type': body.type } : {},
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
    return text;
  };
  const name = encodeURIComponent;
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
      const list = JSON.parse(await call('GET', '/gateway/backend/active')) as { name?: unknown }[];
      return list.map((backend) => String(backend.name));
    },
    has: async (backend) =>
      (await call('GET', `/api/public/backends/${name(backend)}`, undefined, NOT_THERE)) !== NOT_THERE,
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
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
