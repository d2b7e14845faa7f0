import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  installJavaGateway,
  type JavaGatewayInstallOptions,
} from '../../src/fleet/install/java-gateway-install.ts';

let dir = '';
let cacheDir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rehearse-install-'));
  cacheDir = join(dir, 'cache');
  program('jdk/bin/java', `echo 'openjdk version "25.0.3"' >&2`);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function program(path: string, script: string): void {
  const file = join(dir, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const withMaven = (script: string) =>
  program('bin/mvn', `echo "$3 $4" >> '${dir}/calls'; mkdir dependency-maven-plugin-markers; ${script}`);

const install = (extra: JavaGatewayInstallOptions = {}) =>
  installJavaGateway({
    cacheDir,
    env: { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, TRINO_JAVA_HOME: join(dir, 'jdk') },
    ...extra,
  });

const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');

test('the jar with its dependencies is fetched once, and nothing else stays', async () => {
  withMaven('echo jar > gateway-ha-21-jar-with-dependencies.jar');
  const notes: string[] = [];
  const first = await install({ note: (text) => notes.push(text) });
  const jar = join(cacheDir, '21', 'gateway-ha.jar');
  expect(first).toMatchObject({ version: '21', jar, java: { major: 25 } });
  expect(readFileSync(jar, 'utf8')).toBe('jar\n');
  expect(readdirSync(cacheDir)).toEqual(['21']);
  expect(notes).toHaveLength(1);
  expect(await install()).toEqual(first);
  expect(calls()).toEqual([
    'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=io.trino.gateway:gateway-ha:21:jar:jar-with-dependencies',
  ]);
});

test('several callers at once get the same whole jar', async () => {
  withMaven('echo jar > gateway-ha-21-jar-with-dependencies.jar');
  const all = await Promise.all([install(), install(), install()]);
  expect(new Set(all.map(({ jar }) => readFileSync(jar, 'utf8')))).toEqual(new Set(['jar\n']));
  expect(readdirSync(cacheDir)).toEqual(['21']);
});

test.each([
  ['a fetch that fails', 'echo "[ERROR] no such release"; exit 1', 'no such release'],
  ['a fetch that leaves nothing', 'true', 'Maven left no file'],
])('%s is told, and nothing stays behind', async (_, script, reason) => {
  withMaven(script);
  await expect(install()).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    exit: 3,
    message: `io.trino.gateway:gateway-ha:21:jar:jar-with-dependencies could not be fetched: ${reason}`,
  });
  expect(readdirSync(cacheDir)).toEqual([]);
});
