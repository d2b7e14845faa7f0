/** trino-jdbc, from Maven, by a program that Java compiles as it starts. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorText } from '../../../src/base/errors.ts';
import { projectRoot } from '../../../src/base/project.ts';
import { findJava, type Java } from '../../../src/fleet/install/java.ts';
import { fetchFile } from '../../../src/fleet/install/maven.ts';
import { runTool } from '../../../src/fleet/install/tool.ts';
import { LEAST_JAVA } from '../../../src/fleet/install/trino-install.ts';
import type { ClientUnderTest } from './client.ts';
import { runCases, runSpooled, startStatement } from './script.ts';

export const RELEASE = '476';

/** Fetches one file of a release once; the path of it in the cache. */
export async function fetched(artifact: string, name: string, java: Java): Promise<string> {
  const file = join(projectRoot, '.cache', 'clients', name);
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const into = mkdtempSync(join(dirname(file), '.fetching-'));
  try {
    const got = await fetchFile({ artifact, into, javaHome: java.home, env: process.env });
    renameSync(join(into, got), file);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
  return file;
}

let program = { command: 'java', args: [] as readonly string[] };

export const jdbcClient: ClientUnderTest = {
  name: 'trino-jdbc',
  async ready() {
    try {
      const java = await findJava(LEAST_JAVA, 'trino-jdbc', { env: process.env });
      const modules = await runTool(java.command, ['--list-modules']);
      if (!modules.output.includes('jdk.compiler'))
        return `the Java at ${java.home} has no compiler: install a JDK`;
      const jar = await fetched(`io.trino:trino-jdbc:${RELEASE}:jar`, `trino-jdbc-${RELEASE}.jar`, java);
      program = {
        command: java.command,
        args: [
          '-XX:TieredStopAtLevel=1',
          '-Xmx256m',
          '-cp',
          jar,
          join(import.meta.dirname, 'JdbcClient.java'),
        ],
      };
      return undefined;
    } catch (error) {
      return `trino-jdbc cannot be installed: ${errorText(error)}`;
    }
  },
  run: (url) => runCases(program, url),
  spooled: (url) => runSpooled(program, url),
  start: (url, sql) => startStatement(program, url, sql),
};
