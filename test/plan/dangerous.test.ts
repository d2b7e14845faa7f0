// Dangerous statements under the default policy reach no cluster: shown by what a server received, not by what the plan says.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { dangerousRecords } from './dangerous.ts';
import { record, scenario } from './factory.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Replays the records against a server that notes every statement it gets, and answers it. */
async function received(records: readonly DumpRecord[], settings: Record<string, unknown>) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') bodies.push(Buffer.concat(chunks).toString('utf8'));
      response.end(
        JSON.stringify({
          id: `20260302_081500_${String(bodies.length).padStart(5, '0')}_ab3de`,
          stats: { state: 'FINISHED' },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const resolved = scenario({ baseline: { share: 0 }, ...settings });
  const plan = buildPlan(records, resolved);
  const replay = startReplay(plan, {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), runId: 'r', seed: 1 },
    shape: { model: 'recorded', stages: [] },
    ...{ client: 'strict', queryTimeoutMs: 10_000, connections: 16 },
    mayContact: () => true,
    targetOf: () => ({ url, name: '' }),
    wanted: () => false,
    onSample: () => {},
    signal: new AbortController().signal,
  });
  await replay.done;
  return { bodies, plan };
}

const HARMLESS = [
  'SELECT 1',
  'SELECT \'DROP TABLE t; \' || "insert" FROM t -- DELETE',
  'EXPLAIN DELETE FROM t',
];

test('300 dangerous statements under the default policy reach no cluster; what only reads does', async () => {
  const dangerous = dangerousRecords();
  expect(dangerous.length).toBeGreaterThanOrEqual(300);
  const harmless = HARMLESS.map((sql, i) => record({ sql, arrivedAtMs: 1_000 + i }));
  const { bodies, plan } = await received([...dangerous, ...harmless], {});
  expect(bodies.toSorted()).toEqual(HARMLESS.toSorted());
  expect(plan.skipped.reduce((n, { count }) => n + count, 0)).toBe(dangerous.length);
});

test('the same statements arrive, every one, where the policy lets them: the server would have seen them', async () => {
  const dangerous = dangerousRecords();
  const everything = {
    dump: { files: ['x'], writes: 'run' },
    safety: { statements: { execute: 'run' } },
  };
  const { bodies } = await received(dangerous, everything);
  expect(bodies.toSorted()).toEqual(dangerous.map((one) => one.sql).toSorted());
});

test('sent as EXPLAIN, nothing that runs a write arrives', async () => {
  const safety = { rules: [{ when: {}, do: 'explain' }] };
  const { bodies } = await received(dangerousRecords(), { safety });
  expect(bodies.length).toBeGreaterThan(50);
  for (const body of bodies) {
    expect(body).toMatch(/^EXPLAIN /);
    expect(body).not.toMatch(
      /^EXPLAIN\s+(?:\/\*.*?\*\/|--[^\r\n]*[\r\n]|\s)*(?:ANALYZE|ANALYSE)\b\s*(?:VERBOSE)?\s*(?:INSERT|DELETE|CREATE)/i,
    );
    expect(body).not.toContain('TABLE(');
  }
});
