import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { startMinder } from '../../src/fleet/processes/minder.ts';
import { applyLine, clearAway, emptyTable } from '../../src/fleet/processes/minder-table.ts';
import { isAlive, processMark } from '../../src/fleet/processes/process-mark.ts';

const LIMIT_MS = 10_000;
let scratch = '';

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'rehearse-minder-'));
});
afterEach(() => {
  // Only a failed test leaves something to do here.
  for (const { pid, start } of seen.splice(0)) if (isAlive(pid, start)) process.kill(pid, 'SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

type Marks = readonly { readonly pid: number; readonly start: string }[];
/** Every process a test has started, to be gone when the test is over. */
const seen: { readonly pid: number; readonly start: string }[] = [];

function mark(...pids: readonly number[]): Marks {
  const marks = pids.map((pid) => ({ pid, start: processMark(pid)?.start ?? 'none' }));
  seen.push(...marks);
  return marks;
}

interface Family {
  readonly minder: number;
  readonly children: readonly number[];
}

/** Starts the miniature run and answers its process and the processes it named, with their start times. */
async function startFamily() {
  const listed = join(scratch, 'listed');
  mkdirSync(listed);
  writeFileSync(join(listed, 'file'), 'x');
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/parent.ts'), scratch, listed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const { minder, children } = JSON.parse(line as string) as Family;
  const marks = mark(parent.pid!, minder, ...children).slice(1);
  return { parent, listed, marks };
}

/** The pids that are still alive when all have ended or the time is up. */
async function survivors(marks: Marks): Promise<readonly number[]> {
  const alive = () => marks.filter(({ pid, start }) => isAlive(pid, start)).map(({ pid }) => pid);
  await pollUntil(systemClock, { everyMs: 20, timeoutMs: LIMIT_MS }, async () =>
    alive().length === 0 ? true : undefined,
  );
  return alive();
}

describe('when the run is gone, nothing of it is left', () => {
  test('killed with SIGKILL: running children, a stopped child, the minder and the listed folder all go', async () => {
    const { parent, listed, marks } = await startFamily();
    expect(marks.filter(({ pid, start }) => isAlive(pid, start))).toHaveLength(4);
    parent.kill('SIGKILL');
    expect(await survivors(marks)).toEqual([]);
    expect(existsSync(listed)).toBe(false);
  });

  test('the minder is deaf to a terminal: it outlasts SIGINT, SIGTERM and SIGHUP, and then still does its work', async () => {
    const { parent, marks } = await startFamily();
    const minder = marks[0]!;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(minder.pid, signal);
    parent.kill('SIGKILL');
    expect(await survivors(marks)).toEqual([]);
  });

  test('closed in order: the same', async () => {
    const { parent, listed, marks } = await startFamily();
    const ended = once(parent, 'exit');
    parent.kill('SIGUSR2');
    expect(await ended).toEqual([0, null]);
    expect(await survivors(marks)).toEqual([]);
    expect(existsSync(listed)).toBe(false);
  });
});

/** A process that sleeps until it is killed. */
async function sleeper() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
    detached: true,
  });
  await once(child, 'spawn');
  const pid = child.pid!;
  return { child, pid, start: mark(pid)[0]!.start, ended: once(child, 'exit') };
}

describe('what is cleared away', () => {
  test('a process that was taken off the list stays', async () => {
    const listed = await sleeper();
    const removed = await sleeper();
    const minder = await startMinder();
    minder.add(listed.pid, 'listed');
    minder.add(removed.pid, 'removed\nadd 1 1 x');
    minder.remove(removed.pid);
    await minder.close();
    expect(await listed.ended).toEqual([null, 'SIGKILL']);
    expect(isAlive(removed.pid, removed.start)).toBe(true);
    removed.child.kill('SIGKILL');
    await removed.ended;
  });

  test('a pid that now belongs to another process (another start time) is not touched', async () => {
    const stranger = await sleeper();
    const table = emptyTable();
    applyLine(table, `add ${stranger.pid} ${Number(stranger.start) - 1} blue`);
    await clearAway(table, []);
    expect(isAlive(stranger.pid, stranger.start)).toBe(true);
    stranger.child.kill('SIGKILL');
    await stranger.ended;
  });

  test('the whole group of a listed process goes with it', async () => {
    const script =
      'console.log(require("child_process").spawn("sleep", ["1000"]).pid); setInterval(() => {}, 1000)';
    const leader = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const [line] = await once(createInterface({ input: leader.stdout }), 'line');
    const marks = mark(leader.pid!, Number(line));
    const table = emptyTable();
    applyLine(table, `add ${leader.pid} ${marks[0]!.start} blue`);
    await clearAway(table, []);
    expect(await survivors(marks)).toEqual([]);
  });

  test.each([
    ['add 0 1 x'],
    ['add 1 1 x'],
    ['add -5 1 x'],
    ['add 5x 1 x'],
    ['add 77'],
    ['kill 77 1 x'],
    ['dir'],
    [''],
  ])('the line %j is not understood and changes nothing', (line) => {
    const table = emptyTable();
    applyLine(table, line);
    expect(table).toEqual(emptyTable());
  });

  test('folders go only below the allowed roots, also when a link or dots lead out of them', async () => {
    const root = join(scratch, 'root');
    const outside = join(scratch, 'outside');
    const inside = join(root, 'a folder');
    for (const folder of [inside, outside]) mkdirSync(folder, { recursive: true });
    symlinkSync(outside, join(root, 'link'));
    const table = emptyTable();
    for (const path of [
      root,
      outside,
      join(root, 'link'),
      join(root, '..'),
      join(root, '../outside'),
      inside,
    ])
      applyLine(table, `dir ${path}`);
    await clearAway(table, [root]);
    expect([root, outside, inside].map(existsSync)).toEqual([true, true, false]);
  });
});
