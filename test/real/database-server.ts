/** A throw-away database server: own data folder, free port, TCP login. What is one server's own stands in its recipe. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { failure } from '../../src/base/errors.ts';
import type { ToolResult } from '../../src/fleet/install/tool.ts';
import { type Child, startChild } from '../../src/fleet/processes/child.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';

const READY_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 20_000;

export const HOST = '127.0.0.1';
export const DATABASE = 'gateway';
export const LOGIN = { user: 'gateway', password: 'throw-away' };

export interface DatabaseServer {
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
  /** Ends it in order; the data stays for `start`. */
  halt(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. The data stays for `start`. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface Recipe {
  readonly name: string;
  /** In URLs, `mysql` or `postgresql`. */
  readonly scheme: string;
  /** Fills an empty folder with a data folder and the login. */
  setUp(dir: string): Promise<void>;
  /** The server program in the foreground. */
  command(
    dir: string,
    port: number,
  ): Promise<{
    readonly command: string;
    readonly args: readonly string[];
    readonly env?: Record<string, string>;
  }>;
  /** Logs in, and makes sure of the database; throws as long as that is not possible. */
  login(port: number): Promise<void>;
  /** Sent before the server is asked to stop, where SIGTERM would wait for its clients. */
  readonly fastStop?: NodeJS.Signals;
}

/** Sets up and starts a server with an empty database `gateway`; takes two or three seconds. */
export async function startDatabaseServer(
  recipe: Recipe,
  options: { readonly minder?: Minder } = {},
): Promise<DatabaseServer> {
  const { name, scheme, fastStop } = recipe;
  const dir = mkdtempSync(join(tmpdir(), `rehearse-${scheme}-`));
  options.minder?.addFolder(dir);
  const port = await claimPort(0, name);
  const logFile = join(dir, 'server.log');
  await recipe.setUp(dir);
  let child: Child | undefined;
  const start = async () => {
    if (child !== undefined) return;
    const command = await recipe.command(dir, port);
    const { minder } = options;
    const started = await startChild({ name, ...command, cwd: dir, logFile, minder });
    child = started;
    started.exited.then(() => {
      if (child === started) child = undefined;
    });
    await untilReady(recipe, port, started, logFile);
  };
  const halt = async () => {
    const running = child;
    if (fastStop !== undefined) running?.kill(fastStop);
    await running?.stop(STOP_GRACE_MS);
  };
  await start();
  return {
    ...{ dir, jdbcUrl: `jdbc:${scheme}://${HOST}:${port}/${DATABASE}`, host: HOST, port, database: DATABASE },
    ...LOGIN,
    ...{ start, halt, pid: () => child?.pid },
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

async function untilReady(recipe: Recipe, port: number, child: Child, log: string): Promise<void> {
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  const ready = await pollUntil(systemClock, { everyMs: 50, timeoutMs: READY_LIMIT_MS }, async () =>
    ended
      ? false
      : recipe.login(port).then(
          () => true,
          () => undefined,
        ),
  );
  if (ready) return;
  await child.stop(0);
  throw failure('CHILD_FAILED', {
    what: recipe.name,
    reason: ended ? 'it ended' : 'no login was possible',
    log,
  });
}

/** Passes the answer of a program that sets a server up, or says what to install. */
export function assertSetUp(tool: string, program: string, packages: string, answer: ToolResult): void {
  if (!answer.missing && answer.code === 0) return;
  throw cannotSetUp(
    tool,
    answer.missing ? `${program} is not there` : answer.output.trim().slice(-400),
    `Install it (${packages}).`,
  );
}

export function cannotSetUp(tool: string, reason: string, install: string): Error {
  return failure('TOOL_MISSING', { tool, what: 'this test', reason, install });
}
