import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RehearseError } from '../../src/base/errors.ts';
import { type Child, startChild } from '../../src/fleet/processes/child.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import { isAlive, processMark } from '../../src/fleet/processes/process-mark.ts';

let dir = '';
let logFile = '';
const started: Child[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rehearse-child-'));
  logFile = join(dir, 'logs', 'child.log');
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.stop(0)));
  rmSync(dir, { recursive: true, force: true });
});

const SLEEP = 'setInterval(() => {}, 1000);';
const portOf = (line: string): number | undefined =>
  line.startsWith('{') ? (JSON.parse(line) as { port?: number }).port : undefined;

async function start(
  script: string,
  extra: { timeoutMs?: number; signal?: AbortSignal; minder?: Minder } = {},
) {
  const child = await startChild({
    name: 'the stub',
    command: process.execPath,
    args: ['-e', script],
    env: { CHILD_COLOUR: 'blue' },
    cwd: dir,
    logFile,
    readyLine: portOf,
    readyTimeoutMs: extra.timeoutMs ?? 20_000,
    signal: extra.signal,
    minder: extra.minder,
  });
  started.push(child);
  return child;
}

const log = () => readFileSync(logFile, 'utf8');

describe('a child that gets ready', () => {
  test('hands over what its ready line says, however the line arrives', async () => {
    const halves = `process.stdout.write('hello\\n{"po'); setTimeout(() => process.stdout.write('rt":7}\\n'), 50);`;
    const child = await start(halves + SLEEP);
    expect(child.ready).toBe(7);
    expect(child.name).toBe('the stub');
  });

  test('gets our environment and its own, its folder, and a process group of its own', async () => {
    const child = await start(
      `console.error(process.env.CHILD_COLOUR, !!process.env.PATH, process.cwd()); console.log('{"port":1}'); ${SLEEP}`,
    );
    await child.stop(5_000);
    await expect.poll(log).toContain('blue true');
    expect(log()).toContain(dir);
  });

  test('everything it writes is appended to the log, before and after it was ready, over restarts', async () => {
    const script = `console.log('one'); console.log('{"port":1}'); setTimeout(() => { console.log('two'); console.error('three') }, 20)`;
    await (await start(script)).exited;
    await expect.poll(log).toContain('three');
    await (await start(script)).exited;
    await expect.poll(() => log().match(/three/g)?.length).toBe(2);
    expect(log().match(/one|two/g)).toEqual(['one', 'two', 'one', 'two']);
  });

  test('keeps running, because its standard input stays open', async () => {
    const child = await start(
      `process.stdin.resume().on('end', () => process.exit(9)); console.log('{"port":1}')`,
    );
    const first = await Promise.race([child.exited, new Promise((r) => setTimeout(r, 100, 'open'))]);
    expect(first).toBe('open');
  });

  test('without a ready line it is handed over as soon as it runs, and writes its log itself', async () => {
    const child = await startChild({
      name: 'sleeper',
      command: process.execPath,
      args: ['-e', `console.log('out'); console.error('err')`],
      logFile,
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(log()).toBe('out\nerr\n');
  });

  test('is put on the minder’s list while it lives', async () => {
    const told: string[] = [];
    const minder = {
      add: (pid: number, name: string) => told.push(`add ${pid} ${name}`),
      remove: (pid: number) => told.push(`remove ${pid}`),
    } as unknown as Minder;
    const child = await start(`console.log('{"port":1}');${SLEEP}`, { minder });
    expect(told).toEqual([`add ${child.pid} the stub`]);
    await child.stop(5_000);
    expect(told).toEqual([`add ${child.pid} the stub`, `remove ${child.pid}`]);
  });
});

describe('a child that does not get ready', () => {
  const failing = async (script: string, options?: Parameters<typeof start>[1]) =>
    (await start(script, options).catch((error: unknown) => error)) as RehearseError;

  test('ended: its exit number and the last five lines it wrote', async () => {
    const error = await failing(
      `for (let i = 1; i <= 9; i++) console.log('line ' + i); process.exitCode = 7`,
    );
    expect(error.code).toBe('CHILD_FAILED');
    expect(error.exit).toBe(3);
    expect(error.message).toBe(
      'the stub did not start: it ended with exit number 7, saying last:\n  line 5\n  line 6\n  line 7\n  line 8\n  line 9',
    );
    expect(error.hint).toContain(logFile);
    expect(log()).toContain('line 1\n');
  });

  test.each([
    [2, 'CHILD_USAGE', 'the stub refused to start: port: expected a number'],
    [3, 'CHILD_ENVIRONMENT', 'the stub could not start: port: expected a number'],
  ])(
    'ended with our exit number %i: its own message, with the same exit number',
    async (exit, code, message) => {
      const error = await failing(
        `console.log('starting'); console.error('port: expected a number'); process.exitCode = ${exit}`,
      );
      expect([error.code, error.exit, error.message]).toEqual([code, exit, message]);
    },
  );

  test('killed, saying nothing', async () => {
    const error = await failing(`process.kill(process.pid, 'SIGKILL')`);
    expect(error.message).toBe('the stub did not start: it ended by SIGKILL, saying nothing');
  });

  test('late: it is killed, also when it is deaf to SIGTERM', async () => {
    const error = await failing(`process.on('SIGTERM', () => {}); console.log(process.pid);${SLEEP}`, {
      timeoutMs: 400,
    });
    expect(error.message).toMatch(
      /^the stub did not start: it was not ready after 400 ms, saying (last|nothing)/,
    );
    const pid = Number(/^\d+$/m.exec(log())?.[0] ?? 0);
    expect(processMark(pid)).toBeUndefined();
  });

  test('aborted: the reason is thrown and nothing is left', async () => {
    const abort = new AbortController();
    let pid = 0;
    const minder = { add: (p: number) => (pid = p), remove: () => {} } as unknown as Minder;
    const promise = start(SLEEP, { signal: abort.signal, minder });
    abort.abort(new Error('enough'));
    await expect(promise).rejects.toThrow('enough');
    expect(pid).toBeGreaterThan(1);
    expect(processMark(pid)).toBeUndefined();
  });

  test.each([[true], [false]])('no such program (a line is awaited: %s)', async (awaited) => {
    const common = { name: 'ghost', command: join(dir, 'none'), args: [], logFile };
    const promise = awaited
      ? startChild({ ...common, readyLine: portOf, readyTimeoutMs: 1_000 })
      : startChild(common);
    await expect(promise).rejects.toMatchObject({
      code: 'CHILD_FAILED',
      message: expect.stringMatching(/^ghost did not start: spawn .* ENOENT$/),
    });
  });
});

describe('stopping', () => {
  const READY = `console.log('{"port":1}');`;

  test('SIGTERM first: an orderly end keeps its exit number', async () => {
    const child = await start(`process.on('SIGTERM', () => process.exit(0));${READY}${SLEEP}`);
    await child.stop(10_000);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test('SIGKILL after the grace', async () => {
    const child = await start(`process.on('SIGTERM', () => {});${READY}${SLEEP}`);
    await child.stop(100);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('a stopped process still ends in order', async () => {
    const child = await start(`process.on('SIGTERM', () => process.exit(0));${READY}${SLEEP}`);
    child.kill('SIGSTOP');
    await child.stop(10_000);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test('twice at once and once more later: no harm', async () => {
    const child = await start(READY + SLEEP);
    await Promise.all([child.stop(5_000), child.stop(5_000)]);
    await child.stop(5_000);
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('SIGKILL takes the children of the child along', async () => {
    const child = await start(
      `const c = require('child_process').spawn('sleep', ['1000']); console.log(JSON.stringify({port: c.pid}));${SLEEP}`,
    );
    const start1 = processMark(child.ready)?.start ?? 'none';
    child.kill('SIGKILL');
    await child.exited;
    await expect.poll(() => isAlive(child.ready, start1)).toBe(false);
  });
});
