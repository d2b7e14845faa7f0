/** A throw-away PostgreSQL (Debian's `postgresql`, Homebrew's `postgresql`): own data folder, free port, TCP login. */
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
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

/** Debian keeps the server's programs off the PATH, one folder per release. */
const DEBIAN = '/usr/lib/postgresql';

export interface Postgres {
  /** Holds everything it writes. */
  readonly dir: string;
  readonly jdbcUrl: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Of the server while it runs. */
  pid(): number | undefined;
  /** Starts it again, on the same port with the same data, after `kill` or `halt`; a running one stays. */
  start(): Promise<void>;
  /** Ends it in order (open connections are cut); the data stays for `start`. */
  halt(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. The data stays for `start`. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** True when the programs are there; tests that need them are skipped otherwise. */
export async function havePostgres(): Promise<boolean> {
  return (await program('postgres')) !== undefined && (await program('initdb')) !== undefined;
}

/** Sets up and starts a server with an empty database `gateway`; takes about 3 s. */
export async function startPostgres(options: { readonly minder?: Minder } = {}): Promise<Postgres> {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-postgres-'));
  options.minder?.addFolder(dir);
  const port = await claimPort(0, 'PostgreSQL');
  const owner = await serverAccount();
  const logFile = join(dir, 'server.log');
  await setUp(dir, owner);
  let child: Child | undefined;
  const start = async () => {
    if (child !== undefined) return;
    const [command, args] = asAccount(
      owner,
      (await program('postgres')) ?? 'postgres',
      serverArgs(dir, port),
    );
    const started = await startChild({
      name: 'PostgreSQL',
      command,
      args,
      cwd: dir,
      logFile,
      minder: options.minder,
    });
    child = started;
    started.exited.then(() => {
      if (child === started) child = undefined;
    });
    await untilReady(port, started, logFile);
  };
  // SIGINT is its fast shutdown; SIGTERM would wait for every client to leave.
  const halt = async () => {
    const running = child;
    running?.kill('SIGINT');
    await running?.stop(STOP_GRACE_MS);
  };
  await start();
  return {
    dir,
    jdbcUrl: `jdbc:postgresql://127.0.0.1:${port}/${DATABASE}`,
    host: '127.0.0.1',
    port,
    database: DATABASE,
    ...LOGIN,
    pid: () => child?.pid,
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

async function program(name: string): Promise<string | undefined> {
  const folders = [
    ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : []).map(
      (release) => join(DEBIAN, release, 'bin'),
    ),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The server refuses to run as root: Debian's package brings an account for it. */
async function serverAccount(): Promise<Account | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const ids = await Promise.all([runTool('id', ['-u', 'postgres']), runTool('id', ['-g', 'postgres'])]);
  const [uid = Number.NaN, gid = Number.NaN] = ids.map(({ code, output }) =>
    code === 0 ? Number(output.trim()) : Number.NaN,
  );
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  throw failure('TOOL_MISSING', {
    tool: 'PostgreSQL',
    what: 'this test',
    reason: 'it does not run as root and there is no account postgres',
    install: 'Install it (apt-get install postgresql), or run the tests as another user.',
  });
}

/** `setpriv` replaces itself by the command, so the pid stays that of the server. */
function asAccount(
  account: Account | undefined,
  command: string,
  args: readonly string[],
): [string, readonly string[]] {
  if (account === undefined) return [command, args];
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  return ['setpriv', [...ids, command, ...args]];
}

async function setUp(dir: string, owner: Account | undefined): Promise<void> {
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, LOGIN.password);
  chmodSync(dir, 0o700);
  if (owner !== undefined) for (const path of [dir, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const initdb = await program('initdb');
  const [command, args] = asAccount(owner, initdb ?? 'initdb', [
    `--pgdata=${join(dir, 'data')}`,
    `--username=${LOGIN.user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  const answer = await runTool(command, args, { cwd: dir });
  if (!answer.missing && answer.code === 0) return;
  throw failure('TOOL_MISSING', {
    tool: 'PostgreSQL',
    what: 'this test',
    reason: answer.missing ? 'initdb is not there' : answer.output.trim().slice(-400),
    install: 'Install it (apt-get install postgresql, brew install postgresql).',
  });
}

const serverArgs = (dir: string, port: number): readonly string[] => [
  '-D',
  join(dir, 'data'),
  '-p',
  String(port),
  '-c',
  'listen_addresses=127.0.0.1',
  '-c',
  `unix_socket_directories=${dir}`,
  '-c',
  'shared_buffers=32MB',
];

/** Ready once a login works; the first of them makes the database. */
async function untilReady(port: number, child: Child, logFile: string): Promise<void> {
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  const ready = await pollUntil(systemClock, { everyMs: 50, timeoutMs: READY_LIMIT_MS }, async () => {
    if (ended) return false;
    const client = new Client({ host: '127.0.0.1', port, database: 'postgres', ...LOGIN });
    try {
      await client.connect();
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
      return true;
    } catch {
      return undefined;
    } finally {
      await client.end().catch(() => {});
    }
  });
  if (ready) return;
  await child.stop(0);
  const reason = ended ? 'it ended' : 'no login was possible';
  throw failure('CHILD_FAILED', { what: 'PostgreSQL', reason, log: logFile });
}
