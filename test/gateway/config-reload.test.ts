// Configuration and rules that change while the gateway runs: all of a change comes into force, or nothing of it.
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { changedKeys, LIVE_KEYS, restartKeys } from '../../gateway/config/live/changes.ts';
import { liveConfig } from '../../gateway/config/live/live-config.ts';
import { watchFiles } from '../../gateway/config/live/watch-files.ts';
import {
  type GatewayConfigInput,
  gatewaySchema,
  readGatewayConfig,
  startGateway,
} from '../../gateway/index.ts';
import { call, fake, post, recordingLog } from './helpers.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-reload-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const BASE = {
  listen: { port: 0 },
  monitor: { taskDelay: '50ms', timeout: '2s' },
  health: { probe: 'info' },
};

/** A gateway from a file that is only read again when the test says so. */
async function fromFile(first: GatewayConfigInput, { watch = false } = {}) {
  const dir = folder();
  const file = join(dir, 'gateway.yaml');
  const write = (config: object | string) => {
    const text = typeof config === 'string' ? config : JSON.stringify({ ...BASE, reload: RELOAD, ...config });
    writeFileSync(file, text);
  };
  const RELOAD = { watch, pollEvery: '1h', settle: '20ms' };
  write(first);
  const log = recordingLog();
  const load = () => readGatewayConfig(file, {});
  const gateway = await startGateway(load().config, { log, file, load });
  onTestFinished(() => gateway.close());
  const get = async (path: string) => (await call(`${gateway.url}${path}`)).json() as never;
  return {
    ...gateway,
    dir,
    file,
    write,
    log,
    reload: () => gateway.reload('api'),
    groups: async () =>
      Object.fromEntries(
        (await (get('/gateway/backend/all') as Promise<{ name: string; routingGroup: string }[]>)).map(
          (b) => [b.name, b.routingGroup],
        ),
      ),
    status: () => get('/rehearse/v1/status') as Promise<{ reloads: Record<string, unknown>; rules: unknown }>,
  };
}

const rule = (name: string, group: string, condition = 'true') =>
  `name: "${name}"\ncondition: '${condition}'\nactions: ['result.put("routingGroup", "${group}")']\n`;

describe('a change of the configuration', () => {
  test('backends come, change and go, and keep what the API has set', async () => {
    const declared = (name: string, more: object = {}) => ({ name, proxyTo: 'http://127.0.0.1:1', ...more });
    const gateway = await fromFile({ backends: [declared('a'), declared('b'), declared('c')] });
    await call(`${gateway.url}/gateway/backend/deactivate/b`, { method: 'POST' });
    gateway.write({ backends: [declared('b', { routingGroup: 'etl' }), declared('c'), declared('d')] });
    expect(await gateway.reload()).toMatchObject({
      ok: true,
      changed: ['backends.a', 'backends.b.routingGroup', 'backends.d'],
      problems: [],
    });
    expect(await gateway.groups()).toEqual({ b: 'etl', c: 'adhoc', d: 'adhoc' });
    const active = (await call(`${gateway.url}/gateway/backend/active`)).json() as { name: string }[];
    expect(active.map((b) => b.name).toSorted()).toEqual(['c', 'd']);
  });

  test('running queries and held statements do not notice', async () => {
    const blue = await fake();
    const backends = [{ name: 'blue', proxyTo: blue.url, routingGroup: 'adhoc' }];
    const gateway = await fromFile({ backends });
    const before = await post(gateway.url, 'SELECT 1');
    gateway.write({ backends, monitor: { taskDelay: '40ms' }, routing: { holdFor: '3s' } });
    expect(await gateway.reload()).toMatchObject({ ok: true });
    const polled = await call(before.nextUri ?? '');
    expect(polled.status).toBe(200);
    expect((await post(gateway.url, 'SELECT 2')).id).toMatch(/_/);
  });

  test('a key that takes a restart refuses the whole change, and says which', async () => {
    const gateway = await fromFile({ routing: { defaultRoutingGroup: 'one' } });
    gateway.write({
      listen: { port: 1 },
      dataStore: { password: 's3cret' },
      routing: { defaultRoutingGroup: 'two' },
      backends: [{ name: 'a', proxyTo: 'http://127.0.0.1:1' }],
    });
    expect(await gateway.reload()).toMatchObject({
      ok: false,
      problems: ['listen.port: takes a restart to change', 'dataStore.password: takes a restart to change'],
    });
    expect(await gateway.groups()).toEqual({});
    expect(JSON.stringify(gateway.log.lines)).not.toContain('s3cret');
  });

  test('a good configuration with bad rules changes nothing', async () => {
    const backends = [{ name: 'a', proxyTo: 'http://127.0.0.1:1' }];
    const gateway = await fromFile({
      routingRules: { rulesEngineEnabled: true, rulesConfigPath: 'rules.yaml' },
    }).catch((error: Error) => error);
    expect(gateway).toMatchObject({
      message: expect.stringMatching(/Rules file .*rules.yaml: no such file/),
    });

    const second = await fromFile({});
    const rules = join(second.dir, 'rules.yaml');
    writeFileSync(rules, rule('broken', 'x', 'treu &&'));
    const withRules = { backends, routingRules: { rulesEngineEnabled: true, rulesConfigPath: 'rules.yaml' } };
    second.write(withRules);
    expect(await second.reload()).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/rules\.yaml:2:\d+: rule "broken": /)],
    });
    expect(await second.groups()).toEqual({});
    expect((await second.status()).rules).toBeNull();

    writeFileSync(rules, rule('mended', 'x'));
    expect(await second.reload()).toMatchObject({ ok: true });
    expect(await second.groups()).toEqual({ a: 'adhoc' });
    expect((await second.status()).rules).toMatchObject({ rules: [{ name: 'mended' }] });
  });

  test('rules that came, went, changed or changed places are named', async () => {
    const dir = folder();
    const rules = join(dir, 'rules.yaml');
    const write = (...texts: string[]) => writeFileSync(rules, texts.join('---\n'));
    write(rule('a', 'x'), rule('b', 'x'), rule('c', 'x'));
    const routingRules = { rulesEngineEnabled: true, rulesConfigPath: rules };
    const gateway = await fromFile({ routingRules });
    const nothing = { added: [], removed: [], changed: [], isReordered: false };
    expect(await gateway.reload()).toMatchObject({ changed: [], rules: nothing });

    write(rule('b', 'y'), rule('d', 'x'), rule('c', 'x'));
    const changes = { added: ['d'], removed: ['a'], changed: ['b'], isReordered: false };
    expect(await gateway.reload()).toMatchObject({ ok: true, changed: [], rules: changes });
    expect(gateway.log.lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ rules: changes }) }),
    );
    expect((await gateway.status()).reloads).toMatchObject({ last: { rules: changes } });

    write(rule('c', 'x'), rule('d', 'x'), rule('b', 'y'));
    expect(await gateway.reload()).toMatchObject({ rules: { ...nothing, isReordered: true } });
    write(rule('c', 'x', 'treu'));
    expect(await gateway.reload()).toMatchObject({ ok: false, rules: nothing });
    gateway.write({});
    expect(await gateway.reload()).toMatchObject({ ok: true, rules: { removed: ['c', 'd', 'b'] } });
  });

  test('a bad file keeps the old configuration; log, counters and API say so', async () => {
    const gateway = await fromFile({});
    gateway.write('routing: {defaultRoutingGruop: x}\nlisten: {port: many}\n');
    const record = await gateway.reload();
    expect(record.problems).toEqual([
      `${gateway.file}:1:11: unknown key "defaultRoutingGruop"; did you mean "defaultRoutingGroup"?`,
      `${gateway.file}:2:16: listen.port: expected a number, got "many"`,
    ]);
    expect((await gateway.status()).reloads).toEqual({ succeeded: 0, failed: 1, last: record });
    expect(gateway.log.lines.at(-1)).toMatchObject({ level: 'error', fields: { problems: record.problems } });
    gateway.write({});
    expect(await gateway.reload()).toMatchObject({ ok: true, changed: [] });
    expect((await gateway.status()).reloads).toMatchObject({ succeeded: 1, failed: 1, last: { ok: true } });
  });

  test('the file is followed by itself, rules included', async () => {
    const dir = folder();
    const rules = join(dir, 'rules.yaml');
    writeFileSync(rules, rule('first', 'x'));
    const gateway = await fromFile(
      { routingRules: { rulesEngineEnabled: true, rulesConfigPath: rules, rulesRefreshPeriod: '30ms' } },
      { watch: true },
    );
    const rulesNow = async () => JSON.stringify((await gateway.status()).rules);
    expect(await rulesNow()).toContain('first');
    writeFileSync(rules, rule('second', 'x'));
    await expect.poll(rulesNow, { timeout: 5_000 }).toContain('second');
  });
});

describe('following files', () => {
  function watched(files: string[], pollMs: number) {
    let told: () => void = () => undefined;
    const watch = watchFiles({
      files: () => files,
      pollMs: () => pollMs,
      settleMs: 10,
      onChange: () => told(),
    });
    onTestFinished(() => watch.close());
    const next = () =>
      new Promise<void>((resolve) => {
        told = resolve;
      });
    return { next, watch };
  }

  test.each([
    ['by the system’s notice', 3_600_000],
    ['by looking now and then', 20],
  ])('a changed content is told %s', async (_, pollMs) => {
    const file = join(folder(), 'a.yaml');
    writeFileSync(file, 'one');
    const change = watched([file], pollMs).next();
    writeFileSync(file, 'two');
    await change;
  });

  test('a folder that is swapped by a symbolic link, as Kubernetes mounts do it', async () => {
    const dir = folder();
    for (const [name, text] of [
      ['old', 'one'],
      ['new', 'two'],
    ] as const) {
      symlinkSync(join(dir, `${name}-data`), join(dir, name));
      writeFileSync(join(dir, `${name}-data`), text);
    }
    symlinkSync('old', join(dir, 'config.yaml'));
    const change = watched([join(dir, 'config.yaml')], 3_600_000).next();
    symlinkSync('new', join(dir, 'next'));
    renameSync(join(dir, 'next'), join(dir, 'config.yaml'));
    await change;
  });

  test('touching a file without changing it is no change', async () => {
    const file = join(folder(), 'a.yaml');
    writeFileSync(file, 'one');
    let changes = 0;
    const { watch, next } = watched([file], 3_600_000);
    const change = next().then(() => changes++);
    writeFileSync(file, 'one');
    watch.seen();
    writeFileSync(file, 'two');
    await change;
    expect(changes).toBe(1);
  });
});

describe('parts of a configuration', () => {
  const config = (group: string) => gatewaySchema.parse({ routing: { defaultRoutingGroup: group } });

  test('are made anew when their sections change, and the old one is ended', async () => {
    const live = liveConfig(config('a'));
    const ended: string[] = [];
    const part = live.part(
      ['routing'],
      (c) => c.routing.defaultRoutingGroup,
      (old) => ended.push(old),
    );
    const other = live.part(['monitor'], () => Symbol('made'));
    const before = other.current();
    await live.change(config('b'));
    expect([part.current(), ended, other.current() === before]).toEqual(['b', ['a'], true]);
  });

  test('one that cannot be made keeps all the others', async () => {
    const live = liveConfig(config('a'));
    const part = live.part(['routing'], (c) => c.routing.defaultRoutingGroup);
    live.join(({ routing }) => {
      if (routing.defaultRoutingGroup === 'bad') throw new Error('not this one');
      return () => undefined;
    });
    await expect(live.change(config('bad'))).rejects.toThrow('not this one');
    expect([part.current(), live.current().routing.defaultRoutingGroup]).toEqual(['a', 'a']);
  });
});

test('every key that may change while running exists, and secrets and listeners are not among them', () => {
  const config = gatewaySchema.parse({});
  for (const key of LIVE_KEYS) expect(Object.keys(gatewaySchema.shape)).toContain(key.split('.')[0]);
  const changed = changedKeys(
    config,
    gatewaySchema.parse({ listen: { port: 1 }, monitor: { taskDelay: '2s' } }),
  );
  expect(changed).toEqual(['listen.port', 'monitor.taskDelay']);
  expect(restartKeys(changed)).toEqual(['listen.port']);
});
