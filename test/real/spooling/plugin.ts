/** Trino's plugin for spooled results: published only inside the whole server, of which nothing else is kept. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchFile } from '../../../src/fleet/install/maven.ts';
import { runTool } from '../../../src/fleet/install/tool.ts';
import type { TrinoInstall } from '../../../src/fleet/install/trino-install.ts';

const NAME = 'spooling-filesystem';

/** Puts the plugin into the install, unless it is there. The first time fetches 820 MB. */
export async function installSpooling(install: TrinoInstall, note: (text: string) => void): Promise<void> {
  const to = join(install.home, 'plugin', NAME);
  if (existsSync(to)) return;
  const artifact = `io.trino:trino-server:${install.version}:tar.gz`;
  note(`Fetching ${artifact} for its plugin ${NAME} (once) …`);
  const into = mkdtempSync(join(install.home, '..', '.spooling-'));
  try {
    const fetched = join(into, 'fetched');
    mkdirSync(fetched);
    const file = await fetchFile({
      artifact,
      into: fetched,
      javaHome: install.java.home,
      env: process.env,
    });
    const archive = join(fetched, file);
    const members = join(into, 'members');
    writeFileSync(members, (await membersOf(archive)).join('\n'));
    await tar(['-xzf', archive, '-C', into, '-T', members]);
    renameSync(join(into, `trino-server-${install.version}`, 'plugin', NAME), to);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

/** The plugin's files, and those of other plugins that the archive keeps in their stead: equal jars are there once. */
async function membersOf(archive: string): Promise<readonly string[]> {
  const lines = (await tar(['-tvzf', archive]))
    .split('\n')
    .filter((line) => line.includes(`/plugin/${NAME}/`));
  const members = lines.flatMap((line) => {
    const [, name = '', target] = /\d\d:\d\d (\S+)(?: link to (\S+))?$/.exec(line) ?? [];
    return [target, name.endsWith('/') ? undefined : name].filter(
      (path) => path !== undefined && path !== '',
    );
  });
  if (members.length === 0) throw new Error(`${archive} holds no plugin ${NAME}`);
  return [...new Set(members as string[])];
}

async function tar(args: readonly string[]): Promise<string> {
  const answer = await runTool('tar', args);
  if (answer.code !== 0) throw new Error(`tar ${args.join(' ')}: ${answer.output.slice(-300)}`);
  return answer.output;
}
