// Whatever a gateway answers with is one bad sample that the record can hold: never a throw, never a lost record.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { sampleProblem } from '../../src/measure/record/checked.ts';
import { createRecorder, loadRunRecord, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { CLIENT_PROFILES } from '../../src/replay/client-profile.ts';
import { runStatement } from '../../src/replay/statement.ts';
import { createWire } from '../../src/replay/wire.ts';
import { info } from '../measure/factory.ts';
import { ID, oneQuery, page, type Step, scripted } from './scripted.ts';

async function play(steps: readonly Step[]): Promise<Sample> {
  const { base, server } = await scripted(steps);
  const wire = createWire({
    clock: systemClock,
    connections: 2,
    mayContact: (url) => url.hostname === '127.0.0.1',
  });
  try {
    return await runStatement(oneQuery(), 0, 0, {
      ...{ clock: systemClock, originMs: systemClock.nowMs(), wire, profile: CLIENT_PROFILES.strict },
      ...{ random: seededRandom(1, 'test'), url: base, target: '', traceToken: 'run-g0' },
      ...{ queryTimeoutMs: 5_000, signal: new AbortController().signal },
    });
  } finally {
    await wire.close();
    server.closeAllConnections();
  }
}

const said =
  (header: string, value: string): Step =>
  (req, res, base) => {
    res.setHeader(header, value);
    page({}, false)(req, res, base);
  };

test.each<[string, Step, Partial<Sample>]>([
  ['data that are an object', page({ data: { a: 1 } }, false), { end: 'http-error' }],
  ['rows that are no lists', page({ data: [1, null] }, false), { end: 'http-error' }],
  ['a next address that is a number', page({ nextUri: 7 }), { end: 'http-error', stage: 'submit' }],
  ['an error that is a list', page({ error: ['x'] }, false), { end: 'http-error' }],
  ['an error that is a text', page({ error: 'x' }, false), { end: 'http-error' }],
  ['an id of a megabyte', page({ id: 'x'.repeat(1e6) }, false), { end: 'http-error', queryId: '' }],
  ['an id with a newline', page({ id: 'a\nb' }, false), { end: 'http-error', queryId: '' }],
  ['an id with a NUL', page({ id: 'a\0b' }, false), { end: 'http-error', queryId: '' }],
  ['no statistics, no columns', page({ stats: null, columns: 'x' }, false), { end: 'finished' }],
  ['null where nothing is', page({ nextUri: null, data: null, error: null }), { end: 'finished' }],
  [
    'segments that are none',
    page({ data: { encoding: 1, segments: [null, 3] } }, false),
    { end: 'transport-error' },
  ],
  [
    'an inline segment without a text',
    page({ data: { encoding: 'json', segments: [{ type: 'inline' }] } }, false),
    { end: 'transport-error' },
  ],
  [
    'a duration of 1e308',
    said('server-timing', 'route;dur=1e308, first_byte;dur=1e306'),
    { end: 'finished', submitOwnUs: -1 },
  ],
  [
    'a duration below zero',
    said('server-timing', 'first_byte;dur=-5'),
    { end: 'finished', submitUpstreamUs: -1 },
  ],
  [
    'a duration that is none',
    said('server-timing', 'first_byte;dur=NaN'),
    { end: 'finished', submitUpstreamUs: -1 },
  ],
])('%s', async (_, step, wanted) => {
  const sample = await play([step]);
  expect(sample).toMatchObject(wanted);
  expect(sampleProblem(sample)).toBeUndefined();
});

test('whatever an answer holds becomes a sample of bounded size, and the record holds it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hostile-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('x'.repeat(1e5), '\u2028\0\n', -1e308, [[[]]], {
      segments: [{ type: 'spooled', uri: 4 }],
    }),
  );
  const answer = fc.record(
    {
      id: fc.oneof(fc.constant(ID), odd),
      nextUri: odd,
      partialCancelUri: odd,
      data: odd,
      columns: odd,
      stats: odd,
      error: fc.oneof(odd, fc.record({ message: odd, errorName: odd, errorType: odd })),
    },
    { requiredKeys: ['id'] },
  );
  const timing = fc.oneof(
    fc.double().map((ms) => `route;dur=${ms}, first_byte;dur=${-ms}, first_byte;dur=${ms}`),
    fc.string({ unit: fc.constantFrom(...'abd;=,ur1e9-. ') }),
  );
  const samples: Sample[] = [];
  await fc.assert(
    fc.asyncProperty(fc.oneof(answer, odd), timing, fc.boolean(), async (body, header, isPoll) => {
      const hostile: Step = (_, res) => {
        res.setHeader('server-timing', header);
        res.end(JSON.stringify(body));
      };
      const sample = await play(isPoll ? [page({}), hostile, page({}, false)] : [hostile, page({}, false)]);
      expect(sampleProblem(sample)).toBeUndefined();
      expect(JSON.stringify(sample).length).toBeLessThan(4_000);
      samples.push({ ...sample, seq: samples.length });
    }),
    { numRuns: 150 },
  );
  const recorder = await createRecorder(dir);
  for (const sample of samples) recorder.sample(sample);
  await recorder.close();
  writeRunInfo(dir, info(samples));
  expect((await loadRunRecord(dir)).samples.length).toBe(samples.length);
});
