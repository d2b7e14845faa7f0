/** A client that hides nothing: the status, every header line and the body as sent, on connections that stay open. */
import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { QueryResults } from '../../../src/trino/statement.ts';

/** One of the two servers that are compared. */
export interface Side {
  readonly base: string;
  readonly agent: Agent;
}

export interface Reply {
  readonly status: number;
  /** Name in lower case and value, in the order sent, repeated lines kept. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Unpacked. */
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

const LIMIT_MS = 20_000;

export const USER = { 'X-Trino-User': 'tester' };

export function side(base: string): Side {
  return { base, agent: new Agent({ keepAlive: true }) };
}

/** Sends to a path of the server, or to an address that it gave. Fails after twenty seconds. */
export function send({ base, agent }: Side, where: string, call: Call = {}): Promise<Reply> {
  const url = where.startsWith('/') ? base + where : where;
  const { method = 'GET', headers = {}, body } = call;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = { method, agent, signal, maxHeaderSize: 2 ** 21, headers: { ...length, ...headers } };
    const req = request(url, options, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = res.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
        resolve({ status: res.statusCode ?? 0, headers: pairs(res.rawHeaders), text: text.toString('utf8') });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? '']] : []));
}

/** A page with what it came in. */
export interface Page {
  /** `queued/1`, `executing/0`; `POST` for the first. */
  readonly asked: string;
  readonly reply: Reply;
  readonly results: QueryResults;
}

export function pageOf(asked: string, reply: Reply): Page {
  if (reply.status !== 200) throw new Error(`${asked}: ${reply.status} ${reply.text.slice(0, 200)}`);
  return { asked, reply, results: JSON.parse(reply.text) as QueryResults };
}

export async function post(on: Side, sql: string, headers: Call['headers'] = {}): Promise<Page> {
  const call = { method: 'POST', body: sql, headers: { ...USER, ...headers } };
  return pageOf('POST', await send(on, '/v1/statement', call));
}

/** Stretch and token of an address: `executing/3`. */
export function placeOf(uri: string): string {
  const [stretch = '', , , token = ''] = uri.split('/v1/statement/')[1]?.split('/') ?? [];
  return `${stretch}/${token}`;
}

export async function next(on: Side, page: Page): Promise<Page> {
  const uri = nextUri(page);
  return pageOf(placeOf(uri), await send(on, uri));
}

export function nextUri({ results }: Page): string {
  if (results.nextUri === undefined) throw new Error(`${results.id} has ended`);
  return results.nextUri;
}

/** Polls until a page is as wanted; the last page where none was. */
export async function follow(on: Side, first: Page, wanted: (page: Page) => boolean): Promise<Page> {
  let page = first;
  while (!wanted(page) && page.results.nextUri !== undefined) page = await next(on, page);
  return page;
}

export const isDispatched = (page: Page): boolean =>
  page.results.nextUri?.includes('/v1/statement/executing/') ?? false;

/** All answers of a statement, that of the POST first. */
export async function run(on: Side, sql: string, headers: Call['headers'] = {}): Promise<readonly Page[]> {
  const pages = [await post(on, sql, headers)];
  for (let last = pages[0]; last?.results.nextUri !== undefined; last = pages.at(-1))
    pages.push(await next(on, last));
  return pages;
}
