/** Fetching published archives through Maven, which knows the user's mirrors, proxies and local repository. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failure, type RehearseError } from '../../base/errors.ts';
import { runTool } from './tool.ts';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

export interface FetchOptions {
  /** `group:artifact:version:type`, and `:classifier` where there is one. */
  readonly artifact: string;
  /** A folder, made when missing and otherwise empty, that gets what is fetched. */
  readonly into: string;
  /** Runs Maven where the user's environment names no Java for it. */
  readonly javaHome: string;
  readonly signal?: AbortSignal | undefined;
  /** Where `mvn` is looked for, and what it gets. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Fetches an archive (tar.gz or zip), or takes it from the local repository, and unpacks it. Throws TOOL_MISSING
 * without Maven or tar, DOWNLOAD_FAILED with their own reason otherwise.
 */
export async function fetchUnpacked(options: FetchOptions): Promise<void> {
  const { artifact, into } = options;
  mkdirSync(into, { recursive: true });
  if (!artifact.endsWith(':tar.gz')) return runMaven('unpack', options);
  // Trino's tarball stores equal jars once, as hard links; Maven's own unpacking makes empty files of them.
  await runMaven('copy', options);
  for (const name of readdirSync(into).filter((file) => file.endsWith('.tar.gz'))) {
    // The whole of it, whatever is wanted: a folder's jars may be hard links to those of any other.
    const answer = await runTool('tar', ['-xzf', name], { cwd: into, signal: options.signal });
    if (answer.missing) throw missingTool('tar', artifact, 'Install tar (apt-get install tar).');
    if (answer.code !== 0)
      throw failure('DOWNLOAD_FAILED', { what: artifact, reason: `tar: ${answer.output.trim()}` });
    rmSync(join(into, name));
  }
}

/**
 * Fetches one file as it is published, or takes it from the local repository. Answers its name in `into`.
 * Throws TOOL_MISSING without Maven, DOWNLOAD_FAILED with Maven's reason otherwise.
 */
export async function fetchFile(options: FetchOptions): Promise<string> {
  const { artifact, into } = options;
  const [, name = '', , type = 'jar'] = artifact.split(':');
  mkdirSync(into, { recursive: true });
  await runMaven('copy', options);
  const file = readdirSync(into).find((entry) => entry.startsWith(`${name}-`) && entry.endsWith(`.${type}`));
  if (file === undefined) throw failure('DOWNLOAD_FAILED', { what: artifact, reason: 'Maven left no file' });
  return file;
}

async function runMaven(goal: 'copy' | 'unpack', options: FetchOptions): Promise<void> {
  const { artifact, into, signal, env } = options;
  const javaHome = env.JAVA_HOME ?? options.javaHome;
  const answer = await runTool(
    process.platform === 'win32' ? 'mvn.cmd' : 'mvn',
    ['-q', '-B', `${PLUGIN}:${goal}`, `-Dartifact=${artifact}`, `-DoutputDirectory=${into}`],
    {
      // The goal leaves a marker folder behind in the folder it runs in: let that be the one we unpack into.
      cwd: into,
      env: { ...env, JAVA_HOME: javaHome, PATH: `${env.PATH ?? ''}${delimiter}${join(javaHome, 'bin')}` },
      signal,
    },
  );
  if (answer.missing)
    throw missingTool('Maven (mvn)', artifact, 'Install Maven (apt-get install maven, brew install maven).');
  if (answer.code !== 0)
    throw failure('DOWNLOAD_FAILED', { what: artifact, reason: mavenReason(answer.output, answer.code) });
}

function missingTool(tool: string, artifact: string, install: string): RehearseError {
  return failure('TOOL_MISSING', {
    tool,
    what: `fetching ${artifact}`,
    reason: 'it is not on the PATH',
    install,
  });
}

/** The first error line of a Maven run, or else the last it wrote, without colours and label. */
export function mavenReason(output: string, code: number | undefined): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Maven colours its output with escape sequences.
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  const lines = plain.split('\n').filter((text) => text.trim() !== '');
  const line = lines.find((text) => text.startsWith('[ERROR]')) ?? lines.at(-1);
  return line?.replace('[ERROR]', '').trim() ?? `mvn ended with exit number ${code ?? 'none (killed)'}`;
}
