/** trino-cli, from Maven: each case is a call of the program, as people script it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { errorText } from '../../../src/base/errors.ts';
import { findJava } from '../../../src/fleet/install/java.ts';
import { LEAST_JAVA } from '../../../src/fleet/install/trino-install.ts';
import { type ClientUnderTest, DIRECT, LARGE, MISSING, PAGES, type Totals, TRANSACTIONS } from './client.ts';
import { fetched, RELEASE } from './jdbc.ts';

let command = 'java';
let jvm: readonly string[] = [];

/** Finds Java and fetches the program; the reason when that is impossible. */
export async function readyCli(): Promise<string | undefined> {
  try {
    const java = await findJava(LEAST_JAVA, 'trino-cli', { env: process.env });
    const jar = await fetched(
      `io.trino:trino-cli:${RELEASE}:jar:executable`,
      `trino-cli-${RELEASE}.jar`,
      java,
    );
    command = java.command;
    jvm = ['-XX:TieredStopAtLevel=1', '-Xmx256m', '-jar', jar];
    return undefined;
  } catch (error) {
    return `trino-cli cannot be installed: ${errorText(error)}`;
  }
}

const LIMIT_MS = 240_000;

export interface CliEnd {
  readonly code: number | null;
  readonly out: readonly string[];
  readonly err: string;
}

/** Runs statements to their end. `onLine` takes the lines of the answer instead of keeping them. */
export async function runCli(
  url: string,
  sql: string,
  args: readonly string[] = [],
  onLine?: (line: string) => void,
): Promise<CliEnd> {
  const child = launch(url, sql, args);
  const out: string[] = [];
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', onLine ?? ((line) => out.push(line)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

function launch(url: string, sql: string, args: readonly string[]) {
  const own = ['--server', url, '--user', 'cli', '--catalog', 'tpch', '--schema', 'tiny', '--progress=false'];
  return spawn(command, [...jvm, ...own, '--output-format', 'CSV_UNQUOTED', ...args, '--execute', sql], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
}

async function totals(url: string, sql: string, args: readonly string[] = []): Promise<Totals> {
  let rows = 0;
  let sum = 0;
  await runCli(url, sql, args, (line) => {
    rows++;
    sum += Number(line.slice(0, line.indexOf(',')));
  });
  return { rows, sum };
}

export const cliClient: ClientUnderTest = {
  name: 'trino-cli',
  ready: readyCli,
  async run(url) {
    const transaction = 'START TRANSACTION; SELECT count(*) FROM nation; COMMIT;';
    const several = await runCli(
      url,
      `SELECT 1, 'x'; PREPARE p FROM SELECT ? + 1; EXECUTE p USING 41; ${transaction.repeat(TRANSACTIONS)}`,
    );
    const answers = several.out.filter((line) => !/^[A-Z ]+$/.test(line));
    const session = await runCli(url, "SHOW SESSION LIKE 'query_max_run_time'", [
      '--session',
      'query_max_run_time=77m',
    ]);
    const failed = await runCli(url, MISSING);
    const direct = ['--session', `${DIRECT}=false`];
    return {
      simple: answers[0]?.split(',') ?? [several.err],
      prepared: answers[1] ?? several.err,
      transactions: answers.filter((line) => line === '25').length,
      pages: await totals(url, PAGES, direct),
      large: await totals(url, LARGE, direct),
      session: session.out[0]?.split(',')[1] ?? session.err,
      error: /'tpch.tiny.nope' does not exist/.test(failed.err) ? 'TABLE_NOT_FOUND' : failed.err,
    };
  },
  spooled: async (url) => [await totals(url, PAGES), await totals(url, PAGES)],
  async start(url, sql) {
    const child = launch(url, sql, []);
    const ended = once(child, 'close');
    return {
      cancel: async () => {
        child.kill('SIGINT');
        await ended;
      },
    };
  },
};
