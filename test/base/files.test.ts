import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OWNER_ONLY, writeAllWhole, writeJson } from '../../src/base/files.ts';
import { maskPrinted } from '../../src/base/secrets.ts';

test('a file that holds a secret is for its owner, also when it is written again', () => {
  const dir = mkdtempSync(join(tmpdir(), 'files-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'below', 'secret.json');
  for (const n of [1, 2]) {
    writeJson(file, { n }, OWNER_ONLY);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ n });
  }
});

test('files that belong together are all written, or all left as they were', () => {
  const dir = mkdtempSync(join(tmpdir(), 'files-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [first, second] = [join(dir, 'first'), join(dir, 'second')];
  writeAllWhole([
    [first, 'old'],
    [second, 'old'],
  ]);
  // A disk that is full for the second of them.
  symlinkSync('/dev/full', `${second}.${process.pid}.part`);
  const both = () =>
    writeAllWhole([
      [first, 'new'],
      [second, 'new'],
    ]);
  expect(both).toThrow(/ENOSPC.*second'/);
  expect(readdirSync(dir)).toEqual(['first', 'second']);
  expect([first, second].map((file) => readFileSync(file, 'utf8'))).toEqual(['old', 'old']);
});

test.each([
  ['password=hunter2 quota exceeded', 'password=*** quota exceeded'],
  ['helm --set db.password=hunter2,replicas=2', 'helm --set db.password=***,replicas=2'],
  ['curl -H "Authorization: Bearer abc.def-1"', 'curl -H "Authorization: Bearer ***"'],
  ['--token hunter2 --name bi', '--token *** --name bi'],
  ['{"api_key": "hunter2", "name": "bi"}', '{"api_key": "***", "name": "bi"}'],
  ['https://ann:hunter2@host/x', 'https://***@host/x'],
  ['pod bi-blue-0 deleted; 3 tokens left', 'pod bi-blue-0 deleted; 3 tokens left'],
  ['it said opensesame', 'it said ***'],
])('what a program printed: %s', (text, masked) => {
  expect(maskPrinted(text, ['opensesame'])).toBe(masked);
});
