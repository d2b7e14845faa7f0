import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findJava, javaMajor } from '../../src/fleet/install/java.ts';

let dir = '';
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'rehearse-java-')));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A runtime that says it is of this version, below `dir`. */
function runtime(path: string, version: string): string {
  const home = join(dir, path);
  mkdirSync(join(home, 'bin'), { recursive: true });
  const program = join(home, 'bin', 'java');
  writeFileSync(program, `#!/bin/sh\necho 'openjdk version "${version}" 2026-04-21' >&2\n`);
  chmodSync(program, 0o755);
  return home;
}

const find = (env: NodeJS.ProcessEnv, parents: readonly string[] = []) =>
  findJava(24, 'Trino 476', { env: { PATH: '/usr/bin:/bin', ...env }, parents });

describe('the first runtime that is new enough', () => {
  test('TRINO_JAVA_HOME before JAVA_HOME', async () => {
    const ours = runtime('ours', '24.0.1');
    const theirs = runtime('theirs', '25');
    expect(await find({ TRINO_JAVA_HOME: ours, JAVA_HOME: theirs })).toEqual({
      command: join(ours, 'bin', 'java'),
      home: ours,
      major: 24,
    });
  });

  test('one that is too old is passed over', async () => {
    const old = runtime('old', '17.0.15');
    const good = runtime('jvm/temurin-25-jdk', '25.0.3');
    runtime('jvm/java-21-openjdk', '21.0.1');
    expect(
      (await find({ JAVA_HOME: old, TRINO_JAVA_HOME: join(dir, 'none') }, [join(dir, 'jvm')])).home,
    ).toBe(good);
  });

  test('on the PATH, behind its links', async () => {
    const home = runtime('real', '26-ea');
    mkdirSync(join(dir, 'path'));
    symlinkSync(join(home, 'bin', 'java'), join(dir, 'path', 'java'));
    expect((await find({ PATH: `${join(dir, 'path')}:/usr/bin:/bin` })).home).toBe(home);
  });
});

describe('none that is new enough', () => {
  test('says what was found, and how to get one', async () => {
    const old = runtime('old', '17.0.15');
    runtime('jvm/java-8', '1.8.0_462');
    await expect(find({ PATH: '/none:/bin-none', JAVA_HOME: old }, [join(dir, 'jvm')])).rejects.toMatchObject(
      {
        code: 'TOOL_MISSING',
        exit: 3,
        message: `A Java runtime 24 or newer is needed for Trino 476, but only 17 at ${old}, 8 at ${join(dir, 'jvm/java-8')} was found`,
        hint: expect.stringContaining('TRINO_JAVA_HOME'),
      },
    );
  });
});

test.each([
  ['openjdk version "25.0.3" 2026-04-21 LTS', 25],
  ['java version "1.8.0_462"', 8],
  ['openjdk version "26-ea" 2026-03-17', 26],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "24" 2025-03-18', 24],
  ['command not found', undefined],
])('%j is release %s', (text, major) => {
  expect(javaMajor(text)).toBe(major);
});
