// What is open on a coordinator: from the short list where there is one, from the long one elsewhere.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { askOpenQueries, askOpenQueryList } from '../../src/fleet/probe.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** A coordinator that answers these paths, and 404 to all others; what it was asked is kept. */
async function coordinator(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const own = createServer((req, res) => {
    asked.push(req.url ?? '');
    const answer = answers[req.url ?? ''];
    res.statusCode = answer === undefined ? 404 : 200;
    res.end(JSON.stringify(answer ?? {}));
  });
  server = own;
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  return { asked, url: `http://127.0.0.1:${(own.address() as AddressInfo).port}` };
}

const STATES = [
  { queryId: 'q1', queryState: 'QUEUED', user: 'ann', source: 'superset' },
  { queryId: 'q2', queryState: 'RUNNING', user: 'ben' },
  { queryId: 'q3', queryState: 'RUNNING', user: 'rehearse', source: 'rehearse-probe' },
];
const INFOS = [
  { queryId: 'q1', state: 'QUEUED', session: { user: 'ann', source: 'superset' } },
  { queryId: 'q2', state: 'RUNNING', session: { user: 'ben' } },
  { queryId: 'q3', state: 'RUNNING', session: { user: 'rehearse', source: 'rehearse-gateway-probe' } },
  { queryId: 'q4', state: 'FINISHED', session: { user: 'ann' } },
  { queryId: 'q5', state: 'FAILED', session: { user: 'ann' } },
];
const OPEN = [
  { id: 'q1', state: 'QUEUED', user: 'ann', source: 'superset' },
  { id: 'q2', state: 'RUNNING', user: 'ben', source: '' },
];

describe('open queries of a coordinator', () => {
  test('come from the list of open ones alone: the other holds a quarter of an hour of ended ones', async () => {
    const { asked, url } = await coordinator({ '/v1/queryState': STATES, '/v1/query': INFOS });
    expect(await askOpenQueryList(url)).toEqual(OPEN);
    expect(asked).toEqual(['/v1/queryState']);
  });

  test('come from the list of all where there is no other', async () => {
    const { url } = await coordinator({ '/v1/query': INFOS });
    expect(await askOpenQueryList(url)).toEqual(OPEN);
    expect(await askOpenQueries(url)).toBe(2);
  });

  test('are unknown, not none, where nobody answers', async () => {
    const { url } = await coordinator({});
    expect(await askOpenQueries(url)).toBeUndefined();
    server?.close();
    expect(await askOpenQueries('http://127.0.0.1:1')).toBeUndefined();
  });
});
