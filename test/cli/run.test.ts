// A whole run on stub clusters, as a user starts it; and what is left when it is stopped or killed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { readMarkup } from '../report/markup.ts';
import { processesOf, smallScenario, start, temporaryFolder } from './harness.ts';

const ALL_GONE = { timeout: 60_000, interval: 50 };

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

describe('rehearse run', { timeout: 240_000 }, () => {
  test('rolls a cluster under load, loses nothing, and says so with exit 0', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'reports');
    const { code, out: text, err } = await start(['run', smallScenario(folder), '--out', out]).ended;
    expect(code, `${text}\n${err}`).toBe(0);
    const run = realpathSync(join(out, 'latest'));
    const summary = readJson<Summary>(run, 'summary.json');
    // On a slow machine the roll outlasts the plan, which then begins again.
    const { planned } = readJson<RunInfo>(run, 'run.json');
    expect(planned.gateway).toBeGreaterThanOrEqual(200);
    expect(summary.total).toMatchObject({ planned: planned.gateway, counts: { finished: planned.gateway } });
    expect(summary.actions).toMatchObject([{ kind: 'roll', ok: true, drops: 0 }]);
    expect(Object.keys(summary.routing.matrix[0]?.ranOn ?? {}).toSorted()).toEqual(['blue', 'green']);
    expect(summary.stickiness.followUps).toBeGreaterThan(400);
    expect(readdirSync(run)).toEqual(
      expect.arrayContaining(['index.html', 'junit.xml', 'samples.parquet', 'verdict.json']),
    );
    expect(text).toMatch(/^Report: .*index.html$/m);
    expect(readdirSync(out).filter((name) => name.startsWith('.part'))).toEqual([]);
    await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), ALL_GONE);
  });

  test('judges the same record again without running anything; its command runs the same plan again', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'reports');
    const scenario = smallScenario(folder);
    // What a shell would take apart, and what decides the verdict.
    const odd = ['--set', `description=it's "so" $HOME`, '--set', 'timeline=[]', '--fail-fast'];
    const flags = ['--out', out, '--quiet', '--json', ...odd];
    const run = await start(['run', scenario, ...flags]).ended;
    expect(run.code, run.err).toBe(0);
    const first = realpathSync(join(out, 'latest'));
    const again = await start(['check', first, '--json']).ended;
    expect(JSON.parse(again.out)).toMatchObject({ result: 'pass', exit: 0 });
    // The command that the report gives to be copied runs the same plan, byte for byte.
    const { command, planned } = readJson<RunInfo>(first, 'run.json');
    const shown = readMarkup(readFileSync(join(first, 'index.html'), 'utf8'));
    const copied = shown.find((e) => e.parent?.attributes.get('id') === 'again')?.text ?? '';
    expect(copied).toMatch(/^npx rehearse run .* --fail-fast$/);
    const { stdout } = spawnSync('sh', ['-c', `${copied} --dry-run --json`], {
      ...{ cwd: projectRoot, encoding: 'utf8' },
    });
    expect(JSON.parse(stdout).planned).toEqual(planned);
    // And another plan is told apart.
    const other = spawnSync('sh', ['-c', `${copied} --set seed=99 --dry-run --json`], {
      ...{ cwd: projectRoot, encoding: 'utf8' },
    });
    expect(JSON.parse(other.stdout).planned.sha256).not.toBe(planned.sha256);
    // On two threads, too: what is sent is decided before.
    const onTwo = await start([...command, '--out', out, '--set', 'load.threads=2']).ended;
    expect(onTwo.code, onTwo.err).toBe(0);
    const second = realpathSync(join(out, 'latest'));
    expect(second).not.toBe(first);
    const onThreads = readJson<RunInfo>(second, 'run.json');
    expect(onThreads.planned).toEqual(planned);
    expect(onThreads.generator?.threads).toBe(2);
    const { total } = readJson<Summary>(second, 'summary.json');
    expect(total.counts.finished).toBe(planned.gateway);
    const texts = [first, second].map((dir) => readFileSync(join(dir, 'statements.ndjson')));
    expect(texts[1]).toEqual(texts[0]);
  });

  test('a gate that does not hold is exit 4', async () => {
    const folder = temporaryFolder();
    const scenario = smallScenario(folder, { 'gates: [drops.total == 0': 'gates: [queries.finished == 1' });
    const { code, out } = await start(['run', scenario, '--out', join(folder, 'reports')]).ended;
    expect(code).toBe(4);
    expect(out).toMatch(/^FAIL/m);
  });

  test('Ctrl-C stops everything, keeps the record so far, and is exit 130', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'reports');
    const run = start(['run', smallScenario(folder), '--out', out]);
    await run.until('green is active');
    run.child.kill('SIGINT');
    const { code, err } = await run.ended;
    expect(code, err).toBe(130);
    const info = readJson<RunInfo>(out, 'latest', 'run.json');
    const { counts, planned } = readJson<Summary>(out, 'latest', 'summary.json').total;
    expect(info.interrupted).toBe(true);
    expect(planned).toBe(info.planned.gateway);
    expect(counts['never-sent'] + counts.finished + counts.cancelled).toBe(planned);
    expect(existsSync(join(out, 'latest', 'index.html'))).toBe(true);
    await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), ALL_GONE);
  });

  test('Ctrl-C before the replay leaves nothing', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'reports');
    const run = start([
      'run',
      smallScenario(folder, { 'startingMs: 100': 'startingMs: 60000' }),
      '--out',
      out,
    ]);
    await run.until('waiting until');
    run.child.kill('SIGINT');
    const { code, err } = await run.ended;
    expect(code).toBe(130);
    expect(err).toContain('interrupted before the replay began');
    expect(readdirSync(out)).toEqual([]);
  });

  test('kill -9 of the run leaves no process', async () => {
    const folder = temporaryFolder();
    const run = start(['run', smallScenario(folder), '--out', join(folder, 'reports')]);
    await run.until('green is active');
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(3);
    run.child.kill('SIGKILL');
    await run.ended;
    await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), ALL_GONE);
  });

  test('a run whose gateway dies does not pass, whatever its gates are', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'reports');
    const run = start(['run', smallScenario(folder), '--out', out, '--set', 'gates=[]']);
    await run.until('green is active');
    process.kill(gatewayOf(run.child.pid), 'SIGKILL');
    const { code, out: text } = await run.ended;
    expect(code, text).toBe(4);
    expect(text).toMatch(/gateway\.lost == 0 .*1/);
  });

  test('a gateway of somebody else’s with active backends gets no load', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'gw.yaml');
    const backend = '{ name: theirs, proxyTo: "http://127.0.0.1:9", routingGroup: bi }';
    writeFileSync(config, `listen: { port: 0 }\nbackends: [${backend}]\n`);
    const gateway = start(['gateway', '--config', config]);
    await gateway.until('gateway listening on');
    const url = /listening on (\S+)/.exec(gateway.seen())?.[1] ?? '';
    const text = readFileSync(smallScenario(folder), 'utf8').replace(
      /gateway:[\s\S]*?(?=fleet:)/,
      `gateway: { driver: url, url: "${url}" }\n`,
    );
    writeFileSync(join(folder, 'foreign.yaml'), text);
    const { code, err } = await start(['run', join(folder, 'foreign.yaml'), '--out', join(folder, 'reports')])
      .ended;
    gateway.child.kill('SIGTERM');
    await gateway.ended;
    expect(err).toContain('has active backends that the scenario does not name: theirs');
    expect(code).toBe(2);
  });
});

/** The gateway's process among the children of a run. */
function gatewayOf(run: number | undefined): number {
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      try {
        const parent = Number(/\) \w (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]);
        return parent === run && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('gateway/main');
      } catch {
        return false;
      }
    });
  if (pid === undefined) throw new Error(`no gateway below process ${run}`);
  return Number(pid);
}
