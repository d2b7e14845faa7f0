/** Short ways to write rows. */
import type { Call } from '../client.ts';
import type { Better, Row } from '../compare.ts';
import type { HeaderLines } from '../http.ts';
import { observe, type View } from '../observe.ts';

/** Marks a request as the test's own: an unmarked `GET /v1/info` is taken for a gateway's health check. */
export const MARK: HeaderLines = [['X-Test', '1']];
export const JSON_TYPE: HeaderLines = [['Content-Type', 'application/json']];
const ALICE: HeaderLines = [['X-Trino-User', 'alice']];

export const get = (target: string, headers: HeaderLines = []): Call => ({
  target,
  headers: [...MARK, ...headers],
});

export const post = (sql: string | Buffer, headers: HeaderLines = [], target = '/v1/statement'): Call => ({
  method: 'POST',
  target,
  headers: [...ALICE, ...headers],
  body: sql,
});

export const api = (method: string, target: string, body?: unknown, headers: HeaderLines = []): Call => ({
  method,
  target,
  headers: [
    ...(body === undefined || headers.some(([name]) => name === 'Content-Type') ? [] : JSON_TYPE),
    ...headers,
  ],
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  ...(body === undefined && method === 'POST' && { body: '' }),
});

export interface More extends View {
  readonly better?: Better;
  readonly evenStrict?: Row['evenStrict'];
}

/** One request, its answer and what the backends got. */
export function one(id: number, name: string, call: Call, more: More = {}): Row {
  const { better, evenStrict, ...view } = more;
  return {
    id,
    name,
    run: (side, stage) => observe(side, stage, call, view),
    ...(better !== undefined && { better }),
    ...(evenStrict !== undefined && { evenStrict }),
  };
}
