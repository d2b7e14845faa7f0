// The official client beside our wire driver, each through the same script of answers: both have to come to the same end.
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../src/measure/record/sample.ts';
import type { DriverName } from '../../src/replay/drivers/drivers.ts';
import { context, create, NAMES, play, SECRET } from './driver-play.ts';
import {
  breaksOff,
  cut,
  ID,
  oneQuery,
  page,
  redirect,
  type Step,
  scripted,
  silence,
  status,
} from './scripted.ts';

const FACTS = [
  ...[
    'end',
    'stage',
    'httpStatus',
    'errorName',
    'errorType',
    'queryId',
    'rows',
    'checksum',
    'posts',
    'polls',
  ],
  ...['retries', 'strayAnswers', 'rerunId'],
] as const satisfies readonly (keyof Sample)[];
const factsOf = (sample: Sample) =>
  Object.fromEntries(FACTS.map((fact) => [fact, sample[fact as keyof Sample]]));

const error = {
  message: 'no such column\nat all',
  errorCode: 47,
  errorName: 'COLUMN_NOT_FOUND',
  errorType: 'USER_ERROR',
};
const ROWS = [
  [1, 9_007_199_254_740_993n.toString(), 'a"b\\ü\u2028', null, true, 1.5, 'NaN'],
  [2, '0.10', '', [1, [2, null]], false, -0, { k: { '1': 'x', __proto: 2 } }],
];
const packed: Step = (_, res) => {
  res.setHeader('content-encoding', 'gzip');
  res.end(gzipSync(JSON.stringify({ id: ID, stats: { state: 'FINISHED' }, data: ROWS })));
};
const bigNumbers: Step = (_, res) => {
  res.end(
    `{"id":"${ID}","stats":{"state":"FINISHED"},"data":[[9223372036854775807,1e400,0.1000000000000000055,-0]]}`,
  );
};
const declared: Step = (req, res, base) => {
  res.setHeader('x-trino-gateway-rerun', '20260302_081501_00001_zz3de; cause=gone');
  page({}, false)(req, res, base);
};

describe('by both drivers', () => {
  test.each<[string, readonly Step[], Partial<Sample>, RegExp?]>([
    [
      'pages, some of them empty',
      [
        page({}),
        page({}),
        page({ data: ROWS }),
        page({ stats: { state: 'FINISHED' } }),
        page({ data: ROWS }),
        page({}, false),
      ],
      { end: 'finished', rows: 4, polls: 5, queryId: ID },
    ],
    ['rows on the last page, packed', [page({}), packed], { end: 'finished', rows: 2, polls: 1 }],
    ['numbers beyond a double', [page({}), bigNumbers], { end: 'finished', rows: 1 }],
    [
      'a query error',
      [page({}), page({ error }, false)],
      { end: 'query-error', stage: 'poll', errorName: 'COLUMN_NOT_FOUND' },
      /^no such column$/,
    ],
    [
      'an error on the POST itself',
      [page({ error }, false)],
      { end: 'query-error', stage: 'submit', polls: 0 },
    ],
    [
      'an error that is none of Trino’s',
      [page({ error: { errorName: 5 } }, false)],
      { end: 'query-error', errorName: '' },
    ],
    [
      '503 to the POST',
      [status(503, 'busy')],
      { end: 'http-error', stage: 'submit', httpStatus: 503, polls: 0 },
      /^busy$/,
    ],
    ['401 in JSON', [status(401, '{"message":"who"}')], { end: 'http-error', httpStatus: 401 }, /who/],
    [
      '500 to a poll',
      [page({}), status(500, 'oops\nstack')],
      { end: 'http-error', stage: 'poll', httpStatus: 500 },
      /^oops$/,
    ],
    [
      '404 to a poll',
      [page({}), status(404, 'Query not found')],
      { end: 'http-error', httpStatus: 404, strayAnswers: 1 },
    ],
    [
      '410 to a poll',
      [page({}), page({}), status(410)],
      { end: 'http-error', httpStatus: 410, strayAnswers: 1, polls: 2 },
    ],
    ['another query’s page', [page({}), page({ id: 'other' }, false)], { end: 'finished', strayAnswers: 1 }],
    [
      'an answer that is no JSON',
      [page({}), status(200, '<html>')],
      { end: 'http-error', httpStatus: 200 },
      /^the answer is no statement result/,
    ],
    ['JSON that is no result', [status(200, '[1]')], { end: 'http-error', stage: 'submit', httpStatus: 200 }],
    [
      'cut on the POST',
      [cut],
      { end: 'transport-error', stage: 'submit', queryId: '', posts: 1 },
      /^ECONNRESET: /,
    ],
    [
      'cut on a poll',
      [page({}), page({}), cut],
      { end: 'transport-error', stage: 'poll', polls: 2 },
      /^ECONNRESET: /,
    ],
    ['an answer that breaks off', [page({}), breaksOff], { end: 'transport-error', stage: 'poll' }],
    [
      'a re-run that the gateway declares',
      [page({}), declared],
      { end: 'finished', rerunId: '20260302_081501_00001_zz3de' },
    ],
    [
      'a redirect on the same host',
      [redirect('/elsewhere'), page({}), page({}, false)],
      { end: 'finished', polls: 1 },
    ],
  ])('%s', async (_, steps, expected, detail = /^/) => {
    const [wire, official] = [await play('wire', steps), await play('trino-client', steps)];
    expect(wire.sample).toMatchObject(expected);
    expect(factsOf(official.sample)).toEqual(factsOf(wire.sample));
    for (const { sample } of [wire, official]) expect(sample.detail).toMatch(detail);
    expect(official.seen.map((r) => `${r.method} ${r.url}`)).toEqual(
      wire.seen.map((r) => `${r.method} ${r.url}`),
    );
  });

  test('the server is asked with the same Trino headers, body and credentials', async () => {
    const query = oneQuery({
      ...{ user: 'änn', catalog: 'tpch', schema: 'tiny', clientTags: ['a', 'b'], clientInfo: 'x' },
      ...{ session: { query_max_run_time: '5m', 'c.p': 'a,b=c' }, prepared: { p: 'SELECT ?' } },
      ...{ source: 'dbt', timeZone: 'Asia/Tokyo', sql: "SELECT 'ä', 1" },
    });
    const asked = async (name: DriverName, asks = query) => {
      const bodies: string[] = [];
      const { base, seen } = await scripted([
        (req, res, url) => {
          req.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
          req.on('end', () => page({})(req, res, url));
        },
        page({}, false),
      ]);
      await create(name).run(asks, 0, 0, context(base, { credentials: { authorization: SECRET } }));
      const ours = (req: IncomingMessage) =>
        Object.entries(req.headers)
          .filter(([header]) => /^x-trino-|^authorization$/.test(header))
          .sort();
      return { bodies, headers: seen.map(ours) };
    };
    const [wire, official] = [await asked('wire'), await asked('trino-client')];
    expect(official).toEqual(wire);
    expect(wire.headers[0]).toHaveLength(11);
    expect(await asked('trino-client', oneQuery())).toEqual(await asked('wire', oneQuery()));
  });

  test.each(NAMES)('%s: a query that never moves is hung at its deadline, and cancelled', async (name) => {
    const { sample, seen } = await play(name, [page({}), page({}), silence], { queryTimeoutMs: 150 });
    expect(sample).toMatchObject({ end: 'hung', stage: 'poll', polls: 2, queryId: ID });
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/next' });
  });

  test.each(NAMES)('%s: what is still queued after its time is given up, and cancelled', async (name) => {
    const queued = page({ stats: { state: 'QUEUED' } });
    const { sample, seen } = await play(name, Array(200).fill(queued) as Step[], { queueTimeoutMs: 0 });
    expect(sample).toMatchObject({ end: 'hung', detail: expect.stringContaining('still queued after 0 s') });
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/next' });
  });

  test.each(NAMES)('%s: an interrupt cancels what is open', async (name) => {
    const { sample, seen } = await play(name, [page({}), silence], { abortAt: 2 });
    expect(sample).toMatchObject({ end: 'cancelled', stage: 'poll' });
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/next' });
  });

  test.each(NAMES)(
    '%s: an interrupt before the first answer, and one before anything was sent',
    async (name) => {
      const open = await play(name, [silence], { abortAt: 1 });
      expect(open.sample).toMatchObject({ end: 'cancelled', stage: 'submit', queryId: '' });
      const stop = new AbortController();
      stop.abort();
      const { base, seen } = await scripted([page({}, false)]);
      const driver = create(name, { signal: stop.signal });
      expect(await driver.run(oneQuery(), 0, 0, context(base, { stop }))).toMatchObject({ end: 'cancelled' });
      expect(seen).toEqual([]);
    },
  );

  test.each(NAMES)('%s: nobody there is a refusal, told by its code', async (name) => {
    const { base, server } = await scripted([]);
    await new Promise((resolve) => server.close(resolve));
    const sample = await create(name).run(oneQuery(), 0, 0, context(base));
    expect(sample).toMatchObject({ end: 'transport-error', stage: 'submit', posts: 1 });
    expect(sample.detail).toMatch(/^ECONNREFUSED: /);
  });
});
