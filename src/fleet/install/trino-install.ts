/** A Trino server on this machine, put together from its published parts. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { projectRoot } from '../../base/project.ts';
import { findJava, type Java } from './java.ts';
import { type FetchOptions, fetchUnpacked } from './maven.ts';

/** Trino 476 refuses to start on anything older. */
export const LEAST_JAVA = 24;

export const EVENT_LISTENER_PLUGIN = 'http-event-listener';

/** Not published by themselves: they are taken out of the full server tarball (820 MB, fetched once). */
const IN_TARBALL_ONLY: ReadonlySet<string> = new Set([EVENT_LISTENER_PLUGIN, 'mysql', 'postgresql']);

export interface TrinoInstall {
  readonly version: string;
  /** Folder with `lib/` and `plugin/`; shared by all servers of this version, never written to by them. */
  readonly home: string;
  readonly java: Java;
}

export interface InstallOptions {
  /** A release whose `trino-server-core` is published, such as `476`. */
  readonly version: string;
  /** Connector plugins by their short names: `tpch` is the artifact `trino-tpch`. */
  readonly plugins: readonly string[];
  /** Default: `.cache/trino` below the project; the version is a folder in it. */
  readonly cacheDir?: string;
  /** Told what is being fetched, a line for people each time. */
  readonly note?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Where Java and Maven are looked for; default our own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Puts the server and its plugins into the cache, as far as they are not there, and finds a Java for it.
 * The first time takes up to a minute (220 MB); later ones take no longer than a `java -version`.
 * Several callers, also from several processes, may do this at once: each part appears whole or not at all.
 *
 * Throws TOOL_MISSING without Java or Maven and DOWNLOAD_FAILED when a part cannot be fetched.
 */
export async function installTrino(options: InstallOptions): Promise<TrinoInstall> {
  const { version, plugins, note = () => {}, signal, env = process.env } = options;
  const java = await findJava(LEAST_JAVA, `Trino ${version}`, { env });
  const cacheDir = options.cacheDir ?? join(projectRoot, '.cache', 'trino');
  const home = join(cacheDir, version);
  const parts = [
    { artifact: `io.trino:trino-server-core:${version}:tar.gz`, to: home, proof: 'lib' },
    ...plugins.map((name) => ({
      ...(IN_TARBALL_ONLY.has(name)
        ? { artifact: `io.trino:trino-server:${version}:tar.gz`, inside: `plugin/${name}` }
        : { artifact: `io.trino:trino-${name}:${version}:zip` }),
      to: join(home, 'plugin', name),
      proof: '.',
    })),
  ];
  for (const part of parts) {
    if (existsSync(join(part.to, part.proof))) continue;
    note(`Fetching ${part.artifact} (once; kept in ${cacheDir}) …`);
    const inside = 'inside' in part ? part.inside : '';
    await install(part.artifact, inside, part.to, cacheDir, { javaHome: java.home, signal, env });
  }
  return { version, home, java };
}

/** Unpacks beside the target and moves it, or a folder of it, there in one step; the folder that somebody else moved first wins. */
async function install(
  artifact: string,
  inside: string,
  to: string,
  cacheDir: string,
  options: Pick<FetchOptions, 'javaHome' | 'signal' | 'env'>,
): Promise<void> {
  mkdirSync(cacheDir, { recursive: true });
  const into = mkdtempSync(join(cacheDir, '.unpacking-'));
  try {
    await fetchUnpacked({ artifact, into, ...options });
    const [top] = readdirSync(into).filter((name) => name.startsWith('trino-'));
    if (top === undefined) throw new Error(`${artifact} holds no folder of its own name`);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(join(into, top, inside), to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}
