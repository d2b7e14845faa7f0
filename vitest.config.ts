import { defineConfig } from 'vitest/config';

const LONG = ['side-by-side', 'capacity', 'rerun'].map((name) => `test/real/${name}.test.ts`);

// Projects by what they need: nothing (unit), real servers (real, long, fidelity), a browser (browser).
export default defineConfig({
  test: {
    // An event is awaited, not a duration: only a test that would fail anyway waits so long.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/browser/**'],
          testTimeout: 90_000,
        },
      },
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
