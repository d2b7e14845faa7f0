import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

// In a process of its own: what this guards against takes the process down.
const STOPS = `
import { createAnalyzer } from './gateway/sql/analyzer.ts';
for (let i = 0; i < 12; i++) {
  const analyzer = createAnalyzer({ log: { info() {}, warn() {}, error() {} } });
  analyzer.warm();
  await new Promise((resolve) => setTimeout(resolve, (i * 11) % 97));
  await analyzer.close();
}
console.log('alive');
`;

test('threads that are stopped while they start do no harm', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', STOPS],
    { encoding: 'utf8', timeout: 80_000 },
  );
  expect(stdout, stderr).toContain('alive');
  expect(status).toBe(0);
});
