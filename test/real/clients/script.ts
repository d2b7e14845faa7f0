/** Clients of other languages run as programs: `cases URL` and `spooled URL` print what they said, `cancel URL SQL` waits for a line. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { LARGE, MISSING, PAGES, type Running, type Said, type Totals, TRANSACTIONS } from './client.ts';

const LIMIT_MS = 240_000;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function runCases(program: Program, url: string): Promise<Said> {
  return (await run(program, ['cases', url, PAGES, LARGE, MISSING, String(TRANSACTIONS)])) as Said;
}

export async function runSpooled(program: Program, url: string): Promise<readonly Totals[]> {
  return (await run(program, ['spooled', url, PAGES])) as readonly Totals[];
}

async function run({ command, args, env }: Program, more: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(command, [...args, ...more], {
    timeout: LIMIT_MS,
    maxBuffer: 2 ** 24,
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

/** A line on its standard input makes it cancel. */
export async function startStatement(
  { command, args, env }: Program,
  url: string,
  sql: string,
): Promise<Running> {
  const child = spawn(command, [...args, 'cancel', url, sql], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    cancel: async () => {
      child.stdin.write('cancel\n');
      await ended;
    },
  };
}
