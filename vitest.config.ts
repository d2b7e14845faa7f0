import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const LONG = ['side-by-side', 'capacity', 'rerun', 'kill-during-dbt-run'].map(
  (name) => `test/real/${name}.test.ts`,
);

/** Commands, rolls and trials as users start them, each a process or several: a third of all the time. */
const PROCESSES = [
  'test/cli/**/*.test.ts',
  ...['capacity/interrupted', 'capacity/live', 'gateway/process', 'replay/stall', 'roll/production'].map(
    (name) => `test/${name}.test.ts`,
  ),
];

// Projects by what they need: nothing (unit), processes of this program (processes), real servers (real, long, fidelity),
// a browser (browser).
export default defineConfig({
  test: {
    // Vitest leaves one processor out, which is every second one of a small machine; most tests wait for processes and timers.
    maxWorkers: Math.max(2, availableParallelism()),
    // What tests start as processes keeps its compiled modules here: half of a command's start is the reading of TypeScript.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.cache', 'compiled') },
    // An event is awaited, not a duration: only a test that would fail anyway waits so long.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/browser/**', ...PROCESSES],
          testTimeout: 90_000,
        },
      },
      { test: { name: 'processes', include: PROCESSES, testTimeout: 90_000 } },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          exclude: ['test/real/stub-fidelity.test.ts', ...LONG],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Studies on real servers, for a machine that has nothing else to do.
        test: {
          name: 'long',
          include: LONG,
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Compares the stub with a real server answer by answer: by hand, for whoever works on the stub.
        test: {
          name: 'fidelity',
          include: ['test/real/stub-fidelity.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
