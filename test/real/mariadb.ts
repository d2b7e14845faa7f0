/** A throw-away MariaDB (Debian's `mariadb-server`, Homebrew's `mariadb`): own data folder, free port, TCP login. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { failure } from '../../src/base/errors.ts';
import { runTool } from '../../src/fleet/install/tool.ts';
import { type Child, startChild } from '../../src/fleet/processes/child.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';

const READY_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 20_000;
const DATABASE = 'gateway';
const LOGIN = { user: 'gateway', password: 'throw-away' };

/** The server program stands in sbin, which is not on every user's PATH. */
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin` };

export interface MariaDb {
  /** Holds everything it writes. */
  readonly dir: string;
  readonly jdbcUrl: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Starts it again, on the same port with the same data, after `kill` or `halt`; a running one stays. */
  start(): Promise<void>;
  /** Ends it in order; the data stays for `start`. */
  halt(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. The data stays for `start`. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** True when the programs are there; tests that need them are skipped otherwise. */
export async function haveMariaDb(): Promise<boolean> {
  const answers = await Promise.all([
    runTool('mariadbd', ['--version'], { env }),
    runTool('mariadb-install-db', ['--help'], { env }),
  ]);
  return answers.every((answer) => !answer.missing);
}

/** Sets up and starts a server with an empty database `gateway`; takes about 2 s. */
export async function startMariaDb(options: { readonly minder?: Minder } = {}): Promise<MariaDb> {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-mariadb-'));
  options.minder?.addFolder(dir);
  const port = await claimPort(0, 'MariaDB');
  await setUp(dir);
  let child: Child | undefined;
  const start = async () => {
    if (child !== undefined) return;
    const started = await startChild({
      name: 'MariaDB',
      command: 'mariadbd',
      args: serverArgs(dir, port),
      env: { PATH: env.PATH },
      logFile: join(dir, 'server.log'),
      minder: options.minder,
    });
    child = started;
    started.exited.then(() => {
      if (child === started) child = undefined;
    });
    await untilReady(port, started, join(dir, 'server.log'));
  };
  const halt = async () => child?.stop(STOP_GRACE_MS);
  await start();
  return {
    dir,
    jdbcUrl: `jdbc:mysql://127.0.0.1:${port}/${DATABASE}`,
    host: '127.0.0.1',
    port,
    database: DATABASE,
    ...LOGIN,
    start,
    halt,
    kill: async () => {
      const ended = child?.exited;
      child?.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      await halt();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The server refuses to run as root unless told that this is meant. */
const asUser = () => (userInfo().uid === 0 ? ['--user=root'] : []);

async function setUp(dir: string): Promise<void> {
  const { user, password } = LOGIN;
  const account = `'${user}'@'127.0.0.1'`;
  const init = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4;`,
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION;`,
  ];
  writeFileSync(join(dir, 'init.sql'), `${init.join('\n')}\n`);
  const answer = await runTool(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${join(dir, 'data')}`, `--tmpdir=${dir}`, '--skip-test-db', ...asUser()],
    { env },
  );
  if (answer.missing || answer.code !== 0)
    throw failure('TOOL_MISSING', {
      tool: 'MariaDB',
      what: 'this test',
      reason: answer.missing ? 'mariadb-install-db is not there' : answer.output.trim().slice(-400),
      install: 'Install it (apt-get install mariadb-server, brew install mariadb).',
    });
}

function serverArgs(dir: string, port: number): readonly string[] {
  return [
    '--no-defaults',
    `--datadir=${join(dir, 'data')}`,
    // Several servers that are set up at once would step on each other's temporary tables.
    `--tmpdir=${dir}`,
    `--socket=${join(dir, 'sock')}`,
    `--pid-file=${join(dir, 'pid')}`,
    `--init-file=${join(dir, 'init.sql')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=32M',
    ...asUser(),
  ];
}

/** The account is made before the first connection is taken, so a login that works is readiness. */
async function untilReady(port: number, child: Child, logFile: string): Promise<void> {
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  const ready = await pollUntil(systemClock, { everyMs: 50, timeoutMs: READY_LIMIT_MS }, async () => {
    if (ended) return false;
    const connection = await createConnection({ host: '127.0.0.1', port, ...LOGIN }).catch(() => undefined);
    await connection?.end();
    return connection === undefined ? undefined : true;
  });
  if (ready) return;
  await child.stop(0);
  const reason = ended ? 'it ended' : 'no login was possible';
  throw failure('CHILD_FAILED', { what: 'MariaDB', reason, log: logFile });
}
