// Runs the command line as a user does, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/base/project.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when standard error has shown the text; rejects when the process ends first. */
  readonly until: (text: string) => Promise<void>;
  readonly ended: Promise<Ended>;
  /** What standard error has shown so far. */
  readonly seen: () => string;
}

/** Starts `rehearse …` with a plain environment. */
export function start(args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [join(projectRoot, 'bin/rehearse.js'), ...args], {
    cwd: projectRoot,
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!err.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      void ended.then(() => reject(new Error(`ended without "${text}":\n${err}\n${out}`)));
      look();
    });
  return { child, until, ended, seen: () => err };
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'rehearse-test-'));
}

/** Live processes whose command line names the folder; our own test processes do not. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const alive = !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return alive && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/**
 * A scenario of a few seconds on two stub clusters; `changes` replace lines of it. What is asserted of such a run is not
 * how fast it was, so it may run on a machine that has no time for it.
 */
export function smallScenario(folder: string, changes: Record<string, string> = {}): string {
  const file = join(folder, 'small.yaml');
  let text = `name: small
dump: { files: [day.ndjson] }
load: { speed: 1, warmUp: 0s, queryTimeout: 20s }
baseline: { share: 0.3, noise: 0.2, gap: 20ms }
gateway:
  config:
    monitor: { taskDelay: 200ms }
    routing: { emptyGroup: hold, defaultRoutingGroup: bi }
fleet:
  settings: { maxRunning: 500, maxQueued: 10000, startup: { closedMs: 50, silentMs: 20, startingMs: 100, gapMs: 100, coldScanMs: 10 } }
  clusters:
    - { name: blue, group: bi }
    - { name: green, group: bi, active: false }
expect: [{ group: bi }]
judge: { lagP99: 10s, lagMax: 20s, connectionWait: 10s, eventLoop: 1, clockStep: 10s }
timeline:
  - at: 1s
    roll: { group: bi, from: blue, to: green }
gates: [drops.total == 0, routing.mismatches == 0, stickiness.breaks == 0]
`;
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`the small scenario has no "${from}"`);
    text = text.replace(from, to);
  }
  writeFileSync(file, text);
  writeDay(join(folder, 'day.ndjson'), 200, 20);
  return file;
}

function writeDay(file: string, queries: number, everyMs: number): void {
  const lines = Array.from({ length: queries }, (_, i) =>
    JSON.stringify({
      v: 1,
      id: `20260302_081500_${String(i).padStart(5, '0')}_ab3de`,
      submittedAt: new Date(Date.UTC(2026, 2, 2, 8) + i * everyMs).toISOString(),
      sql: `SELECT name FROM tpch.tiny.nation WHERE nationkey = ${i % 25}`,
      user: `u${i % 7}`,
      source: 'test',
      recorded: { state: 'FINISHED', elapsedMs: 1500 },
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
}
