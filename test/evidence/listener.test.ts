// The run's endpoint for events: whoever knows the secret may tell, within bounds; nothing else is taken.
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EventListener, startEventListener } from '../../src/evidence/listener.ts';

const EVENT = {
  context: { traceToken: 'run-7' },
  metadata: { queryId: '20260302_080000_00001_abcde', queryState: 'QUEUED' },
};
let listener: EventListener;
let heard: [string, string][];

beforeEach(async () => {
  heard = [];
  listener = await startEventListener((cluster, event) => heard.push([cluster, event.queryId]));
});
afterEach(() => listener.close());

function tell(body: string | Buffer, change: { path?: string; method?: string; secret?: string } = {}) {
  const { uri, header } = listener.addressFor('bi-blue');
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const method = change.method ?? 'POST';
  const headers = { [header.name]: change.secret ?? header.value };
  const sent = request(new URL(change.path ?? '', uri), { method, headers }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  // A refused body is cut short: what counts is the answer, if one came.
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

test('an event is taken, with the cluster that told it', async () => {
  expect(await tell(JSON.stringify(EVENT))).toBe(200);
  expect(heard).toEqual([['bi-blue', '20260302_080000_00001_abcde']]);
  expect(listener.counts).toEqual({ taken: 1, refused: 0 });
});

test.each<[string, number, string, Parameters<typeof tell>[1]?]>([
  ['a wrong secret', 401, JSON.stringify(EVENT), { secret: 'Bearer no' }],
  ['a secret of the same length', 401, JSON.stringify(EVENT), { secret: `Bearer ${'A'.repeat(32)}` }],
  ['another path', 404, JSON.stringify(EVENT), { path: '/elsewhere' }],
  ['another method', 404, '', { method: 'DELETE' }],
  ['rubbish', 400, '{"metadata":'],
  ['JSON that is no event', 400, '{"metadata":{"queryId":""}}'],
])('%s is refused with %d', async (_, status, body, change) => {
  expect(await tell(body, change)).toBe(status);
  expect(heard).toEqual([]);
  expect(listener.counts).toEqual({ taken: 0, refused: 1 });
});

test('an event of more than 8 MiB is refused, and what large ones held is given back', async () => {
  // An event in all but its size.
  const large = JSON.stringify(EVENT).padEnd(9 * 1024 * 1024);
  for (let i = 0; i < 10; i++) await tell(large).catch(() => 413);
  expect(listener.counts).toEqual({ taken: 0, refused: 10 });
  expect(await tell(JSON.stringify(EVENT))).toBe(200);
});
