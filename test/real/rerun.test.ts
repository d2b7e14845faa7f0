// kill -9 under load on real Trino: reads that had delivered no row go on elsewhere, and every other loss has its cause.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { start, temporaryFolder } from '../cli/harness.ts';

test('two kills: what could be saved is run again, and the clusters bear the ledger out', async () => {
  const out = join(temporaryFolder(), 'reports');
  const {
    code,
    err,
    out: text,
  } = await start(['run', 'scenarios/kill-coordinator-real.yaml', '--out', out]).ended;
  console.log(text);
  if (code === 1 || code === 2 || code === 3) throw new Error(`exit ${code}\n${err}`);
  const file = join(realpathSync(join(out, 'latest')), 'summary.json');
  const { actions, ledger } = JSON.parse(readFileSync(file, 'utf8')) as Summary;
  expect(ledger.evidence).toBe('listener');
  expect(actions.filter(({ kind, doubt }) => kind === 'kill' && doubt === '')).toHaveLength(2);
  // Whatever had no row yet was read-only in this dump: none of it may be lost.
  expect(ledger.causes.filter(({ where }) => where !== 'among rows')).toEqual([]);
  expect(ledger.fates.rerun).toBeGreaterThan(0);
  expect(ledger).toMatchObject({ duplicates: 0, unprovenReruns: 0, unexplained: 0, untold: 0 });
}, 900_000);
