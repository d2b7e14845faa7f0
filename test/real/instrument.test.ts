// Does the instrument tell the truth? Both arms straight: no overhead. Five milliseconds planted: five are found.
// A 95 % interval misses the truth in one run of twenty by construction, so what is asserted is equivalence: the
// whole interval near the truth. Whether it contains it is printed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { start, temporaryFolder } from '../cli/harness.ts';

interface Found {
  readonly low: number;
  readonly high: number;
}

async function submitOverhead(scenario: string): Promise<Found> {
  const out = join(temporaryFolder(), 'reports');
  const { code, out: text, err } = await start(['run', `scenarios/${scenario}.yaml`, '--out', out]).ended;
  if (code === 1 || code === 2 || code === 3) throw new Error(`exit ${code}\n${text}\n${err}`);
  const summary = JSON.parse(readFileSync(join(out, 'latest', 'summary.json'), 'utf8')) as Summary;
  const { value, low, high, n } = summary.figures['overhead.submit.median'] ?? { n: 0 };
  const found = { low: low ?? Number.NaN, high: high ?? Number.NaN };
  console.log(`${scenario}: submit ${value} ms [${found.low}, ${found.high}], ${n} pairs`);
  return found;
}

/** Whether the interval lies within half a millisecond below and one above the truth; a miss is confirmed once. */
async function tells(scenario: string, truthMs: number): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const { low, high } = await submitOverhead(scenario);
    console.log(
      `the interval ${low <= truthMs && truthMs <= high ? 'contains' : 'does not contain'} ${truthMs} ms`,
    );
    if (low > truthMs - 0.5 && high < truthMs + 1) return true;
  }
  return false;
}

describe('the instrument', () => {
  test('finds nothing between two straight ways', async () => {
    expect(await tells('aa-direct', 0)).toBe(true);
  });

  test('finds the five milliseconds that were planted', async () => {
    expect(await tells('planted-delay', 5)).toBe(true);
  });
});
