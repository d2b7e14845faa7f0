/** A plain client for the tests: it follows addresses and hides nothing. */
import { request } from 'node:http';
import type { StubConfigInput } from '../../src/stub/index.ts';
import { type StubServer, startStub } from '../../src/stub/index.ts';
import type { QueryResults } from '../../src/trino/statement.ts';

/** Start-up without any waiting. */
export const ready = { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 };

/** A stub that answers at once, with what a test changes. */
export function quickStub(config: StubConfigInput = {}): Promise<StubServer> {
  return startStub({ startup: ready, service: { kind: 'constant', ms: 0 }, ...config });
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request on a connection of its own; repeated header lines are arrays. */
export function send(
  method: string,
  url: string,
  headers: Record<string, string | string[]> = {},
  body?: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers, agent: false, maxHeaderSize: 2 ** 22 }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    req.on('error', reject);
    req.end(body);
  });
}

export const asUser = { 'X-Trino-User': 'rig' };

export async function get(url: string, headers: Record<string, string | string[]> = {}): Promise<Reply> {
  return send('GET', url, headers);
}

/** GET or POST that must give a QueryResults. */
export function results(reply: Reply): QueryResults {
  if (reply.status !== 200) throw new Error(`status ${reply.status}: ${reply.text}`);
  return JSON.parse(reply.text) as QueryResults;
}

export async function post(
  stub: { readonly url: string },
  sql: string,
  headers: Record<string, string | string[]> = {},
): Promise<QueryResults> {
  return results(await send('POST', `${stub.url}/v1/statement`, { ...asUser, ...headers }, sql));
}

export async function next(page: QueryResults): Promise<QueryResults> {
  if (page.nextUri === undefined) throw new Error('the query has ended');
  return results(await get(page.nextUri));
}

/** All answers of a statement, the POST's first. */
export async function run(
  stub: { readonly url: string },
  sql: string,
  headers: Record<string, string | string[]> = {},
): Promise<QueryResults[]> {
  const pages = [await post(stub, sql, headers)];
  for (let page = pages[0]; page?.nextUri !== undefined; ) {
    page = await next(page);
    pages.push(page);
  }
  return pages;
}

/** Polls until the address is below `executing/`. */
export async function toExecuting(first: QueryResults): Promise<QueryResults> {
  let page = first;
  while (!page.nextUri?.includes('/executing/')) page = await next(page);
  return page;
}

/** The last answer of a statement. */
export async function outcome(
  stub: { readonly url: string },
  sql: string,
  headers: Record<string, string | string[]> = {},
): Promise<QueryResults> {
  const last = (await run(stub, sql, headers)).at(-1);
  if (last === undefined) throw new Error('no answer');
  return last;
}

/** Settings and reading of a stub's controls. */
export async function control(stub: { readonly url: string }, name: string, body: unknown): Promise<number> {
  return (await send('POST', `${stub.url}/stub/v1/${name}`, {}, JSON.stringify(body))).status;
}
