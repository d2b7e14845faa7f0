// `rehearse roll` as a scheduler calls it: killed at each of its steps and called again it finishes, and no query is lost.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RollState } from '../../src/roll/production/state.ts';
import { clients, productionStage, startRoll } from './production-stage.ts';

type Stage = Awaited<ReturnType<typeof productionStage>>;

const open: Stage[] = [];
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.close();
});

async function newStage(): Promise<Stage> {
  const stage = await productionStage();
  open.push(stage);
  return stage;
}

const BLUE_TO_GREEN = ['--from', 'blue', '--to', 'green'];

/** The steps as the progress names them, in order. */
const STEPS = [
  'start green, unless it runs',
  'wait until the gateway calls green healthy',
  'activate green: new queries go there',
  'wait until green gets new queries',
  'deactivate blue: no new queries go there',
  'wait until blue has no query left',
  'stop blue',
];

const stateOf = (stage: Stage) => JSON.parse(readFileSync(stage.stateFile, 'utf8')) as RollState;

describe('rehearse roll', { timeout: 240_000 }, () => {
  test('killed at each of its steps and called again, it finishes with nothing lost', async () => {
    const stage = await newStage();
    const load = clients(stage.gw.url, 4);
    for (const [i, step] of STEPS.entries()) {
      const roll = stage.roll(...BLUE_TO_GREEN);
      await roll.until(`· ${step}`);
      roll.child.kill('SIGKILL');
      const ended = await roll.ended;
      expect(ended.code, ended.err).toBeNull();
      const seen = stateOf(stage);
      expect(seen.outcome, step).toBe('running');
      expect(seen.resumed).toBe(i);
    }
    const last = await stage.roll(...BLUE_TO_GREEN, '--json').ended;
    expect(last.code, last.err).toBe(0);
    expect(JSON.parse(last.out)).toMatchObject({ outcome: 'done', from: 'blue', to: 'green' });
    expect(stateOf(stage)).toMatchObject({ outcome: 'done', resumed: STEPS.length, back: null });
    await vi.waitFor(() => expect([stage.isUp('blue'), stage.isUp('green')]).toEqual([false, true]));
    const samples = await load.stop();
    expect(samples.filter((s) => s.end !== 'finished')).toEqual([]);
    expect(samples.length).toBeGreaterThan(20);
    const dir = dirname(stage.stateFile);
    const report = readdirSync(dir).find((name) => name.endsWith('.md')) ?? '';
    expect(readFileSync(join(dir, report), 'utf8')).toContain('taken up again 7 times');
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  test('called again after its end it finds nothing to do; between two it turns round', async () => {
    const stage = await newStage();
    const dry = await stage.roll('--between', 'blue,green', '--dry-run', '--json').ended;
    expect(JSON.parse(dry.out)).toMatchObject({
      key: { from: 'blue', to: 'green' },
      clusters: [
        { name: 'blue', active: true, status: 'HEALTHY', openQueries: 0 },
        { name: 'green', active: false, openQueries: null },
      ],
    });
    expect(existsSync(stage.stateFile)).toBe(false);
    expect((await stage.roll('--between', 'green,blue').ended).code).toBe(0);
    const again = await stage.roll(...BLUE_TO_GREEN, '--json').ended;
    expect([again.code, JSON.parse(again.out).outcome]).toEqual([0, 'already']);
    const back = await stage.roll('--between', 'green,blue', '--json').ended;
    expect(JSON.parse(back.out), back.err).toMatchObject({ outcome: 'done', from: 'green', to: 'blue' });
    const status = await stage.roll('--status', '--json').ended;
    expect(JSON.parse(status.out)).toMatchObject({ lock: null, state: { outcome: 'done' } });
  });

  test('two at once: the second is refused and says who holds the lock', async () => {
    const stage = await newStage();
    const first = stage.roll(...BLUE_TO_GREEN);
    await first.until('· start green');
    first.child.kill('SIGSTOP');
    const second = await stage.roll(...BLUE_TO_GREEN).ended;
    expect(second.code).toBe(3);
    expect(second.err).toContain(`already: by process ${first.child.pid}`);
    first.child.kill('SIGCONT');
    expect((await first.ended).code).toBe(0);
  });

  test('a query that outlives patience is named, the old cluster serves on, and the exit is 4', async () => {
    const stage = await newStage();
    stage.write({ drainTimeout: '700ms' });
    // Keeps a statement open on blue: posted and polled once, then left alone.
    const posted = await fetch(`${stage.gw.url}/v1/statement`, {
      method: 'POST',
      headers: { 'x-trino-user': 'ann', 'x-trino-source': 'notebook' },
      body: 'SELECT name FROM tpch.tiny.nation',
    });
    const { id, nextUri } = (await posted.json()) as { id: string; nextUri: string };
    await (await fetch(nextUri, { headers: { 'x-trino-user': 'ann' } })).text();
    const ended = await stage.roll(...BLUE_TO_GREEN).ended;
    expect(ended.code, ended.err).toBe(4);
    expect(ended.err).toMatch(new RegExp(`in the way: ${id} of ann \\(notebook\\)`));
    expect(ended.err).toContain('going back: activate blue');
    expect(stateOf(stage)).toMatchObject({ outcome: 'failed', back: { step: 'drain blue' } });
    expect(await stage.gw.until('blue', { trinoStatus: 'HEALTHY' })).toBeDefined();
    expect(stage.isUp('blue')).toBe(true);
    const active = (await (await fetch(`${stage.gw.url}/gateway/backend/active`)).json()) as {
      name: string;
    }[];
    expect(active.map((b) => b.name)).toEqual(['blue']);
    // With the policy to kill, the same roll goes through.
    const killed = await stage.roll(...BLUE_TO_GREEN, '--when-late', 'kill').ended;
    expect(killed.code, killed.err).toBe(0);
    expect(killed.err).toContain(`killed ${id} on blue`);
  });

  test('a command that fails is told with what it said, and nothing has changed', async () => {
    const stage = await newStage();
    const green = { ...stage.clusters.green, start: 'echo password=hunter2 quota exceeded >&2; exit 7' };
    stage.write({ clusters: { ...stage.clusters, green } });
    const ended = await stage.roll(...BLUE_TO_GREEN).ended;
    expect(ended.code).toBe(4);
    expect(ended.err).toContain('The start command of green failed: exit 7; it said: ');
    expect(ended.err).toContain('quota exceeded');
    expect(stage.isUp('blue')).toBe(true);
  });

  test('what cannot be done is refused before anything is touched', async () => {
    const stage = await newStage();
    const cases = [
      [['--from', 'blue'], 2, 'it takes two clusters'],
      [['--from', 'blue', '--to', 'gren'], 2, 'the gateway has no backend gren'],
      [[...BLUE_TO_GREEN, '--group', 'olap'], 2, 'blue is in routing group bi, not in olap'],
      [[...BLUE_TO_GREEN, '--strategy', 'red'], 2, '--strategy: strategy'],
      [[...BLUE_TO_GREEN, '--gateway', 'http://127.0.0.1:9'], 3, 'The gateway at http://127.0.0.1:9'],
    ] as const;
    const ended = await Promise.all(
      cases.map(([flags], i) => stage.roll(...flags, '--state', join(stage.dir, `s${i}`)).ended),
    );
    expect(ended.map(({ code }) => code)).toEqual(cases.map(([, code]) => code));
    for (const [i, [, , message]] of cases.entries()) expect(ended[i]?.err).toContain(message);
  });

  test('without a file, the gateway’s admin API is all that is used', async () => {
    const stage = await newStage();
    const green = await stage.roll(...BLUE_TO_GREEN).ended;
    expect(green.code, green.err).toBe(0);
    const state = join(stage.dir, 'other');
    const flags = ['--gateway', stage.gw.url, '--group', 'bi', '--state', state];
    // Blue is down, and nobody here may start it.
    const ended = startRoll([...flags, '--between', 'blue,green', '--set', 'healthyTimeout=1s']);
    const { code, err } = await ended.ended;
    expect(code, err).toBe(4);
    expect(err).toContain('blue was not ready');
  });
});
