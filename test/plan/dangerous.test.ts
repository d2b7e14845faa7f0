// Dangerous statements under the default policy reach no cluster: shown by what a server received, not by what the plan says.
import { expect, test } from 'vitest';
import { dangerousRecords } from './dangerous.ts';
import { record } from './factory.ts';
import { received } from './witness.ts';

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
