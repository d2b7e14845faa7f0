// What V8 makes of its heap, in a process of its own: a flag that it no longer heeds would cost memory, and no test would see it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';

const MIB = 1024 ** 2;

/** MiB of the young generation after much garbage, some of which lives for a while; and after a search for all garbage. */
async function youngAfterChurn(
  before: string,
): Promise<{ readonly churned: number; readonly searched: number }> {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { heapBound, keepHeapSmall } from ${JSON.stringify(join(projectRoot, 'src/base/heap.ts'))};
    const young = () => getHeapSpaceStatistics().find((s) => s.space_name === 'new_space').space_size / ${MIB};
    const churn = () => {
      let kept = [];
      for (let i = 0; i < 3_000_000; i++) {
        kept.push({ i });
        if (kept.length > 200_000) kept = [];
      }
    };
    ${before}
    churn();
    const churned = young();
    heapBound(1)();
    churn();
    console.log(JSON.stringify({ churned, searched: young() }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout);
}

test('a small heap keeps its young generation, also after all garbage was searched for', async () => {
  const left = await youngAfterChurn('');
  const small = await youngAfterChurn('keepHeapSmall({ youngMiB: 4 });');
  expect(left.churned).toBeGreaterThan(16);
  expect(small.churned).toBeGreaterThanOrEqual(4);
  expect(small.churned).toBeLessThanOrEqual(16);
  expect(small.searched).toBeGreaterThanOrEqual(4);
  expect(small.searched).toBeLessThanOrEqual(16);
});
