import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mavenReason } from '../../src/fleet/install/maven.ts';
import { type InstallOptions, installTrino } from '../../src/fleet/install/trino-install.ts';

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

/**
 * Maven as far as it is asked here: `copy` leaves a tarball that stores one file twice, as a hard link; `unpack`
 * leaves the folder of the archive. Both litter the folder they run in, as the real one does. Notes each call.
 */
const MAVEN = `
echo "$3 $4" >> '{dir}/calls'
for word in "$@"; do case "$word" in -Dartifact=*) artifact="\${word#-Dartifact=io.trino:}";; esac; done
name="\${artifact%%:*}-476"
mkdir marker "$name"
case "$3" in
*:copy)
  mkdir "$name/lib" "$name/plugin"; echo jar > "$name/lib/a.jar"; ln "$name/lib/a.jar" "$name/plugin/a.jar"
  tar -czf "$name.tar.gz" "$name"; rm -r "$name";;
*) echo plugin > "$name/b.jar";;
esac`;

const withMaven = (script = MAVEN) => program('bin/mvn', script.replaceAll('{dir}', dir));

const install = (extra: Partial<InstallOptions> = {}) =>
  installTrino({
    version: '476',
    plugins: ['tpch', 'memory'],
    cacheDir,
    env: { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, TRINO_JAVA_HOME: join(dir, 'jdk') },
    ...extra,
  });

const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');

test('server and plugins are fetched once, unpacked with their links, and nothing else stays', async () => {
  withMaven();
  const notes: string[] = [];
  const first = await install({ note: (text) => notes.push(text) });
  const home = join(cacheDir, '476');
  expect(first).toMatchObject({ version: '476', home, java: { major: 25 } });
  expect(readFileSync(join(home, 'plugin/a.jar'), 'utf8')).toBe('jar\n');
  expect(readdirSync(join(home, 'plugin')).sort()).toEqual(['a.jar', 'memory', 'tpch']);
  expect(readdirSync(join(home, 'plugin/tpch'))).toEqual(['b.jar']);
  expect(readdirSync(cacheDir)).toEqual(['476']);
  expect(notes.map((note) => /io\.trino:\S+/.exec(note)?.[0])).toEqual([
    'io.trino:trino-server-core:476:tar.gz',
    'io.trino:trino-tpch:476:zip',
    'io.trino:trino-memory:476:zip',
  ]);
  expect(calls()).toHaveLength(3);
  expect(calls()[1]).toMatch(
    /^org\.apache\.maven\.plugins:maven-dependency-plugin:3\.8\.1:unpack -Dartifact=io\.trino:trino-tpch:476:zip/,
  );
  expect(await install()).toEqual(first);
  expect(calls()).toHaveLength(3);
});

test('a plugin that is asked for later joins the server that is there', async () => {
  withMaven();
  const { home } = await install({ plugins: ['tpch'] });
  const made = statSync(join(home, 'lib')).ino;
  await install({ plugins: ['tpch', 'memory'] });
  expect(existsSync(join(home, 'plugin/memory/b.jar'))).toBe(true);
  expect(statSync(join(home, 'lib')).ino).toBe(made);
  expect(calls()).toHaveLength(3);
});

test('several callers at once get the same whole server', async () => {
  withMaven();
  const all = await Promise.all([install(), install(), install()]);
  expect(new Set(all.map(({ home }) => home)).size).toBe(1);
  expect(readdirSync(cacheDir)).toEqual(['476']);
  expect(readdirSync(join(cacheDir, '476', 'plugin')).sort()).toEqual(['a.jar', 'memory', 'tpch']);
});

test('without Maven: what to install', async () => {
  mkdirSync(join(dir, 'bin'));
  const env = { PATH: join(dir, 'bin'), TRINO_JAVA_HOME: join(dir, 'jdk') };
  program('jdk/bin/java', `exec /bin/echo 'openjdk version "25"'`);
  await expect(install({ env })).rejects.toMatchObject({
    code: 'TOOL_MISSING',
    exit: 3,
    message:
      'Maven (mvn) is needed for fetching io.trino:trino-server-core:476:tar.gz, but it is not on the PATH',
    hint: 'Install Maven (apt-get install maven, brew install maven).',
  });
  expect(readdirSync(cacheDir)).toEqual([]);
});

test('a fetch that fails says why and leaves nothing behind; the next one succeeds', async () => {
  withMaven(
    `echo '[INFO] trying'; echo '\u001b[1;31m[ERROR]\u001b[m Could not find it'; mkdir litter; exit 1`,
  );
  await expect(install()).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    exit: 3,
    message: 'io.trino:trino-server-core:476:tar.gz could not be fetched: Could not find it',
  });
  expect(readdirSync(cacheDir)).toEqual([]);
  withMaven();
  expect((await install()).home).toBe(join(cacheDir, '476'));
});

test('aborted: the reason is thrown and nothing is left behind', async () => {
  const abort = new AbortController();
  withMaven(`exec sleep 60`);
  const promise = install({
    signal: abort.signal,
    note: () => setTimeout(() => abort.abort(new Error('enough')), 50),
  });
  await expect(promise).rejects.toThrow('enough');
  expect(readdirSync(cacheDir)).toEqual([]);
});

test.each([
  ['[INFO] a\n[ERROR] first\n[ERROR] second', 1, 'first'],
  [
    'The JAVA_HOME environment variable is not defined correctly,\n',
    1,
    'The JAVA_HOME environment variable is not defined correctly,',
  ],
  ['', undefined, 'mvn ended with exit number none (killed)'],
])('the reason in %j', (output, code, reason) => {
  expect(mavenReason(output, code)).toBe(reason);
});
