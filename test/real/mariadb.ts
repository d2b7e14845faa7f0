/** A throw-away MariaDB (Debian's `mariadb-server`, Homebrew's `mariadb`). */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { runTool } from '../../src/fleet/install/tool.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import {
  assertSetUp,
  DATABASE,
  type DatabaseServer,
  HOST,
  LOGIN,
  type Recipe,
  startDatabaseServer,
} from './database-server.ts';

/** The server program stands in sbin, which is not on every user's PATH. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
const env = { ...process.env, PATH };

/** True when the programs are there; tests that need them are skipped otherwise. */
export async function haveMariaDb(): Promise<boolean> {
  const answers = await Promise.all([
    runTool('mariadbd', ['--version'], { env }),
    runTool('mariadb-install-db', ['--help'], { env }),
  ]);
  return answers.every((answer) => !answer.missing);
}

export function startMariaDb(options: { readonly minder?: Minder } = {}): Promise<DatabaseServer> {
  return startDatabaseServer(MARIADB, options);
}

/** The server refuses to run as root unless told that this is meant. */
const asUser = () => (userInfo().uid === 0 ? ['--user=root'] : []);

const MARIADB: Recipe = {
  name: 'MariaDB',
  scheme: 'mysql',
  setUp,
  command: async (dir, port) => ({ command: 'mariadbd', args: serverArgs(dir, port), env: { PATH } }),
  // The account is made before the first connection is taken, so a login that works is readiness.
  login: async (port) => (await createConnection({ host: HOST, port, ...LOGIN })).end(),
};

async function setUp(dir: string): Promise<void> {
  const { user, password } = LOGIN;
  const account = `'${user}'@'${HOST}'`;
  const init = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4;`,
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION;`,
  ];
  writeFileSync(join(dir, 'init.sql'), `${init.join('\n')}\n`);
  const data = [`--datadir=${join(dir, 'data')}`, `--tmpdir=${dir}`];
  const args = ['--no-defaults', ...data, '--skip-test-db', ...asUser()];
  const answer = await runTool('mariadb-install-db', args, { env });
  const packages = 'apt-get install mariadb-server, brew install mariadb';
  assertSetUp('MariaDB', 'mariadb-install-db', packages, answer);
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
    `--bind-address=${HOST}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=32M',
    ...asUser(),
  ];
}
