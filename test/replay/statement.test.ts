// One statement against a scripted server: every way a dialogue can go, on real sockets.
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { CLIENT_PROFILES, type ClientName } from '../../src/replay/client-profile.ts';
import { runStatement } from '../../src/replay/statement.ts';
import { createWire, type WireAnswer, type WireRequest } from '../../src/replay/wire.ts';
import { HEADER } from '../../src/trino/headers.ts';
import { cut, ID, oneQuery, page, type Step, scripted, silence, status } from './scripted.ts';

/** Plays the steps in order, one per request. */
async function play(
  steps: readonly Step[],
  options: { client?: ClientName; timeoutMs?: number; abortAfter?: number; mostRows?: number } = {},
) {
  const stop = new AbortController();
  const { base, seen } = await scripted(steps, (index) => {
    if (index === options.abortAfter) stop.abort();
  });
  const wire = createWire({
    clock: systemClock,
    connections: 4,
    mayContact: (url) => url.hostname === '127.0.0.1',
  });
  onTestFinished(() => wire.close());
  const sample = await runStatement(oneQuery(), 0, 0, {
    clock: systemClock,
    originMs: systemClock.nowMs(),
    wire,
    profile: CLIENT_PROFILES[options.client ?? 'trino-python'],
    random: seededRandom(1, 'test'),
    url: base,
    target: '',
    traceToken: 'run-g0',
    queryTimeoutMs: options.timeoutMs ?? 10_000,
    mostRows: options.mostRows,
    signal: stop.signal,
  });
  return { sample, seen };
}

const finished = [
  page({}),
  page({ data: [[1], [2]] }),
  page({ stats: { state: 'FINISHED' } }),
  page({}, false),
];

describe('a dialogue that goes well', () => {
  test('ends when there is no nextUri, whatever the state says', async () => {
    const { sample, seen } = await play(finished);
    expect(sample).toMatchObject({
      end: 'finished',
      queryId: ID,
      posts: 1,
      polls: 3,
      rows: 2,
      retries: 0,
      strayAnswers: 0,
    });
    expect(sample.checksum).toMatch(/^[0-9a-f]+$/);
    expect(seen.map((r) => r.method)).toEqual(['POST', 'GET', 'GET', 'GET']);
    expect(seen[0]?.headers).toMatchObject({ [HEADER.user]: 'ana', [HEADER.traceToken]: 'run-g0' });
  });

  test('its stamps are in order', async () => {
    const { sample } = await play(finished);
    const stamps = [sample.sentUs, sample.submittedUs, sample.firstPollUs, sample.firstRowUs, sample.lastUs];
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    expect(sample.fastestPollUs).toBeGreaterThan(0);
    expect(sample.fastestPollUs).toBeLessThanOrEqual(sample.lastUs - sample.submittedUs);
  });

  test('compressed pages are read', async () => {
    const zipped: Step = (_, res) => {
      res.setHeader('content-encoding', 'gzip');
      res.end(gzipSync(JSON.stringify({ id: ID, stats: { state: 'FINISHED' }, data: [['ä']] })));
    };
    expect((await play([page({}), zipped])).sample).toMatchObject({ end: 'finished', rows: 1 });
  });
});

describe('a dialogue that goes badly', () => {
  const error = {
    message: 'line 1:8: no\nmore',
    errorCode: 47,
    errorName: 'COLUMN_NOT_FOUND',
    errorType: 'USER_ERROR',
  };
  test.each<[string, readonly Step[], Partial<Sample>, ClientName?]>([
    [
      'query error',
      [page({}), page({ error }, false)],
      { end: 'query-error', stage: 'poll', errorName: 'COLUMN_NOT_FOUND', detail: 'line 1:8: no' },
    ],
    [
      'error on the POST itself',
      [page({ error }, false)],
      { end: 'query-error', stage: 'submit', queryId: ID },
    ],
    [
      'an error that is none of Trino’s',
      [page({ error: { message: { text: 'no' }, errorName: 5 } }, false)],
      { end: 'query-error', stage: 'submit', errorName: '', detail: '' },
    ],
    [
      '503 until the client gives up',
      [status(503), status(503), status(503, 'busy')],
      { end: 'http-error', stage: 'submit', httpStatus: 503, retries: 2, posts: 3, detail: 'busy' },
    ],
    [
      '503, then well',
      [status(503), page({}), status(502), page({}, false)],
      { end: 'finished', retries: 2, posts: 2, polls: 1 },
    ],
    [
      '404 on a poll',
      [page({}), status(404, 'Error 404 Not Found: Query not found')],
      { end: 'http-error', stage: 'poll', httpStatus: 404, strayAnswers: 1, retries: 0 },
    ],
    ['cut on a poll, then well', [page({}), cut, page({}, false)], { end: 'finished', retries: 1 }],
    ['cut on a poll, no retries', [page({}), cut], { end: 'transport-error', stage: 'poll' }, 'strict'],
    [
      'cut on the POST, java',
      [cut],
      { end: 'transport-error', stage: 'submit', retries: 0, queryId: '' },
      'trino-java',
    ],
    [
      'an answer that is no result',
      [page({}), status(200, '<html>')],
      { end: 'http-error', stage: 'poll', httpStatus: 200 },
    ],
    [
      'another query’s page',
      [page({}), page({ id: '20260302_081500_00043_ab3de' }, false)],
      { end: 'finished', strayAnswers: 1 },
    ],
    [
      'a nextUri that leads elsewhere',
      [page({ nextUri: 'http://10.0.0.1/v1/x' })],
      { end: 'transport-error', stage: 'poll', detail: 'host-not-allowed: the answer leads to 10.0.0.1' },
      'strict',
    ],
  ])('%s', async (_, steps, expected, client = 'trino-python') => {
    const { sample } = await play(steps, { client });
    expect(sample).toMatchObject(expected);
  });

  test('a request that its deadline cut off makes the query hung, even when the timer fires a little early', async () => {
    let nowMs = 0;
    const clock = { nowMs: () => nowMs, wallMs: () => nowMs, sleepUntil: async () => {} };
    const request = async ({ timeoutMs }: WireRequest): Promise<WireAnswer> => {
      nowMs += timeoutMs - 0.4;
      return { ok: false, code: 'timeout', detail: 'no answer' };
    };
    const sample = await runStatement(oneQuery(), 0, 0, {
      ...{ clock, originMs: 0, wire: { request, close: async () => {} }, profile: CLIENT_PROFILES.strict },
      ...{ random: seededRandom(1, 'test'), url: 'http://127.0.0.1:1', target: '', traceToken: 'run-g0' },
      ...{ queryTimeoutMs: 100, signal: new AbortController().signal },
    });
    expect(sample).toMatchObject({ end: 'hung', stage: 'submit' });
  });

  test.each([
    ['until it is given up', [40, 40, 40], 502, { end: 'http-error', retries: 2, lostMs: 120 + 2 * 1_000 }],
    ['and then goes well', [40, 40, 70], 200, { end: 'finished', retries: 2, lostMs: 80 + 2 * 1_000 }],
    ['not once', [70], 200, { end: 'finished', retries: 0, lostMs: 0 }],
  ] as const)(
    'time lost to failed attempts and pauses: a poll that fails %s',
    async (_, tookMs, last, expected) => {
      let nowMs = 0;
      const clock = {
        nowMs: () => nowMs,
        wallMs: () => nowMs,
        sleepUntil: async (ms: number) => {
          nowMs = ms;
        },
      };
      let polls = 0;
      const request = async ({ method }: WireRequest): Promise<WireAnswer> => {
        const sentAtMs = nowMs;
        const isPoll = method === 'GET';
        nowMs += isPoll ? (tookMs[polls++] ?? 0) : 5;
        const status = isPoll && polls < tookMs.length ? 502 : isPoll ? last : 200;
        const text = JSON.stringify({ id: ID, ...(isPoll ? {} : { nextUri: 'http://127.0.0.1:1/next' }) });
        const times = { sentAtMs, headersAtMs: nowMs, endAtMs: nowMs };
        return { ok: true, status, headers: {}, text, bytes: text.length, ...times } as WireAnswer;
      };
      const profile = {
        ...CLIENT_PROFILES.strict,
        retryAfterMs: ({ attempt }: { attempt: number }) => (attempt < 3 ? 1_000 : undefined),
      };
      const { end, retries, retryUs } = await runStatement(oneQuery(), 0, 0, {
        ...{ clock, originMs: 0, wire: { request, close: async () => {} }, profile },
        ...{ random: seededRandom(1, 'test'), url: 'http://127.0.0.1:1', target: '', traceToken: 'run-g0' },
        ...{ queryTimeoutMs: 60_000, signal: new AbortController().signal },
      });
      expect({ end, retries, lostMs: retryUs / 1000 }).toEqual(expected);
    },
  );

  test('a query that never moves is hung at its deadline, and cancelled', async () => {
    const { sample, seen } = await play([page({}), silence], { timeoutMs: 150, client: 'strict' });
    expect(sample).toMatchObject({ end: 'hung', stage: 'poll' });
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/next' });
  });

  test.each([
    ['trino-java', ['POST', 'GET', 'DELETE']],
    ['strict', ['POST', 'GET']],
  ] as const)('%s, which has given a poll up, sends %o', async (client, methods) => {
    const { seen } = await play([page({}), status(500)], { client });
    expect(seen.map((r) => r.method)).toEqual(methods);
  });

  test('a client that has rows enough cancels the leaf stage once, and takes what is left', async () => {
    const rows: Step = (req, res, base) =>
      page({ data: [[1], [2]], partialCancelUri: `${base}/rest` })(req, res, base);
    const last = page({ data: [[3]] }, false);
    const { sample, seen } = await play([page({}), rows, rows, rows, last], { mostRows: 4 });
    expect(sample).toMatchObject({ end: 'finished', rows: 7, enoughRows: 4 });
    expect(seen.map((r) => `${r.method} ${r.url}`).slice(2)).toEqual([
      'GET /next',
      'DELETE /rest',
      'GET /next',
      'GET /next',
    ]);
    const all = await play([page({}), rows, rows, rows, last], { mostRows: 7 });
    expect(all.sample).toMatchObject({ end: 'finished', rows: 7, enoughRows: -1 });
    expect(all.seen.map((r) => r.method)).not.toContain('DELETE');
  });

  test('an interrupt cancels what is open', async () => {
    const { sample, seen } = await play([page({}), silence], { abortAfter: 2 });
    expect(sample).toMatchObject({ end: 'cancelled', stage: 'poll' });
    expect(seen.at(-1)?.method).toBe('DELETE');
  });
});
