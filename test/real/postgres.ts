/** A throw-away PostgreSQL (Debian's `postgresql`, Homebrew's `postgresql`). */
import { chmodSync, chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { runTool } from '../../src/fleet/install/tool.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import {
  assertSetUp,
  cannotSetUp,
  DATABASE,
  type DatabaseServer,
  HOST,
  LOGIN,
  type Recipe,
  startDatabaseServer,
} from './database-server.ts';

/** Debian keeps the server's programs off the PATH, one folder per release. */
const DEBIAN = '/usr/lib/postgresql';

/** True when the programs are there; tests that need them are skipped otherwise. */
export async function havePostgres(): Promise<boolean> {
  return (await program('postgres')) !== undefined && (await program('initdb')) !== undefined;
}

export function startPostgres(options: { readonly minder?: Minder } = {}): Promise<DatabaseServer> {
  return startDatabaseServer(POSTGRES, options);
}

const POSTGRES: Recipe = {
  name: 'PostgreSQL',
  scheme: 'postgresql',
  setUp,
  async command(dir, port) {
    const server = (await program('postgres')) ?? 'postgres';
    const [command, args] = asAccount(await serverAccount(), server, serverArgs(dir, port));
    return { command, args };
  },
  // SIGINT is its fast shutdown; SIGTERM would wait for every client to leave.
  fastStop: 'SIGINT',
  login,
};

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
  throw cannotSetUp(
    'PostgreSQL',
    'it does not run as root and there is no account postgres',
    'Install it (apt-get install postgresql), or run the tests as another user.',
  );
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

async function setUp(dir: string): Promise<void> {
  const owner = await serverAccount();
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, LOGIN.password);
  chmodSync(dir, 0o700);
  if (owner !== undefined) for (const path of [dir, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const [command, args] = asAccount(owner, (await program('initdb')) ?? 'initdb', [
    `--pgdata=${join(dir, 'data')}`,
    `--username=${LOGIN.user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  const answer = await runTool(command, args, { cwd: dir });
  const packages = 'apt-get install postgresql, brew install postgresql';
  assertSetUp('PostgreSQL', 'initdb', packages, answer);
}

function serverArgs(dir: string, port: number): readonly string[] {
  const settings = [`listen_addresses=${HOST}`, `unix_socket_directories=${dir}`, 'shared_buffers=32MB'];
  return ['-D', join(dir, 'data'), '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** The first login makes the database. */
async function login(port: number): Promise<void> {
  const client = new Client({ host: HOST, port, database: 'postgres', ...LOGIN });
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end().catch(() => {});
  }
}
