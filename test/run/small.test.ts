// The small rooms of a run: folder, masking, safety, targets.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { maskOverride, maskSecrets } from '../../src/base/secrets.ts';
import type { EventType } from '../../src/measure/record/events.ts';
import type { Arm } from '../../src/measure/record/sample.ts';
import type { PlannedQuery } from '../../src/plan/plan.ts';
import { contactRule } from '../../src/plan/safety/contact.ts';
import { followActive, type Routes, targetRule } from '../../src/replay/targets.ts';
import { createRunFolder } from '../../src/run/folder.ts';
import type { Prepared } from '../../src/run/prepare.ts';
import { rulesDigests } from '../../src/run/rules-digests.ts';
import { refuseIdleShard } from '../../src/run/shard.ts';
import { scenario } from '../plan/factory.ts';

const at = new Date('2026-03-02T08:15:00.250Z');

describe('run folder', () => {
  test('shows itself only when it is published, and latest follows', () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    const first = createRunFolder(reports, 'roll', at);
    writeFileSync(join(first.workDir, 'run.json'), '{}');
    expect(existsSync(first.finalDir)).toBe(false);
    first.publish();
    const second = createRunFolder(reports, 'roll', at);
    second.publish();
    expect([first.id, second.id]).toEqual(['2026-03-02T08-15-00-roll', '2026-03-02T08-15-00-roll-2']);
    expect(existsSync(join(first.finalDir, 'run.json'))).toBe(true);
    expect(readlinkSync(join(reports, 'latest'))).toBe(second.id);
  });

  test('what never began leaves nothing', () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    createRunFolder(reports, 'roll', at).discard();
    expect(readdirSync(reports)).toEqual([]);
  });
});

test('secrets are masked wherever they stand', () => {
  const scenario = {
    gateway: {
      url: 'http://bob:pw@127.0.0.1:1/',
      config: { dataStore: { password: 'x', user: 'u', token: '' } },
    },
    list: [{ clientSecret: 's' }],
    speed: 2,
  };
  expect(maskSecrets(scenario)).toEqual({
    gateway: {
      url: 'http://***@127.0.0.1:1/',
      config: { dataStore: { password: '***', user: 'u', token: '' } },
    },
    list: [{ clientSecret: '***' }],
    speed: 2,
  });
});

test.each([
  ['load.speed=10', 'load.speed=10'],
  ['gateway.config.dataStore.password=geheim', 'gateway.config.dataStore.password="***"'],
  [
    "gateway.config.dataStore={ user: u, password: 'geheim' }",
    'gateway.config.dataStore={ user: u, password: "***" }',
  ],
  ['gates=[drops.total == 0]', 'gates=[ drops.total == 0 ]'],
  ['access.passwords.0=geheim', 'access.passwords.0="***"'],
  ['fleet.settings.stop=API_TOKEN=geheim true', 'fleet.settings.stop=API_TOKEN=*** true'],
  ['fleet.settings.start=run --password geheim --fast', 'fleet.settings.start=run --password *** --fast'],
  ['gateway.url=https://a.example/x?sig=geheim&y=1', 'gateway.url=https://a.example/x?sig=***&y=1'],
  [
    'gateway.url=https://a.example/x?X-Amz-Signature=geheim',
    'gateway.url=https://a.example/x?X-Amz-Signature=***',
  ],
  ['store.jdbcUrl=jdbc:oracle:thin:scott/geheim@db:1521/x', 'store.jdbcUrl=jdbc:oracle:thin:***@db:1521/x'],
  [
    'store.jdbcUrl=jdbc:sqlserver://db:1433;user=a;pwd=geheim',
    'store.jdbcUrl=jdbc:sqlserver://db:1433;user=a;pwd=***',
  ],
  ['access.signingKey=geheim', 'access.signingKey="***"'],
  ['headers.Cookie=geheim', 'headers.Cookie="***"'],
])('an override is recorded without its secrets: %s', (entry, recorded) => {
  expect(maskOverride(entry)).toBe(recorded);
});

test.each<[string, readonly string[], boolean]>([
  ['http://127.0.0.1:8080', [], true],
  ['http://127.9.9.9', [], true],
  ['http://localhost:1', [], true],
  ['http://[::1]:1', [], true],
  ['http://10.0.0.1', [], false],
  ['http://127.0.0.1.example.org', [], false],
  ['http://trino.test:8080', ['trino.test'], true],
  ['http://trino.test:8080', ['trino.test:9090'], false],
])('load to %s with %o allowed: %s', (url, allowed, may) => {
  expect(contactRule(allowed)(new URL(url))).toBe(may);
});

test('the owner of a group follows the activations, and stays the last one when none is left', () => {
  const active = followActive(
    new Map([
      ['blue', 'bi'],
      ['green', 'bi'],
    ]),
  );
  const note = (type: EventType, cluster: string) => active.note({ atUs: 0, type, cluster, text: '' });
  expect(active.ownerOf('bi', 0)).toBeUndefined();
  note('cluster-activated', 'blue');
  note('cluster-activated', 'green');
  expect([0, 1, 2].map((seq) => active.ownerOf('bi', seq))).toEqual(['blue', 'green', 'blue']);
  note('cluster-killed', 'blue');
  expect([0, 1].map((seq) => active.ownerOf('bi', seq))).toEqual(['green', 'green']);
  note('cluster-healthy', 'blue');
  expect([0, 1].map((seq) => active.ownerOf('bi', seq))).toEqual(['blue', 'green']);
  note('cluster-deactivated', 'blue');
  expect(active.ownerOf('bi', 0)).toBe('green');
  note('cluster-deactivated', 'green');
  expect(active.ownerOf('bi', 0)).toBe('green');
});

test('without a gateway a killed cluster is back when its port is open', () => {
  const active = followActive(
    new Map([
      ['blue', 'bi'],
      ['green', 'bi'],
    ]),
    'cluster-up',
  );
  const note = (type: EventType, cluster: string) => active.note({ atUs: 0, type, cluster, text: '' });
  note('cluster-activated', 'blue');
  note('cluster-activated', 'green');
  note('cluster-killed', 'blue');
  expect(active.ownerOf('bi', 0)).toBe('green');
  note('cluster-up', 'blue');
  expect([0, 1].map((seq) => active.ownerOf('bi', seq))).toEqual(['blue', 'green']);
});

describe('where a query goes', () => {
  const clusters = [
    { name: 'blue', group: 'bi', url: 'http://blue' },
    { name: 'red', group: 'etl', url: 'http://red' },
  ];
  const query = (arm: Arm, expectedGroup: string) => ({ arm, expectedGroup, seq: 0 }) as PlannedQuery;
  const active = followActive(new Map(clusters.map(({ name, group }) => [name, group])));
  active.note({ atUs: 0, type: 'cluster-activated', cluster: 'blue', text: '' });
  const [blue, first, second] = [clusters[0]?.url, 'http://first', 'http://second'];

  test.each<[Partial<Routes>, Arm, string, object | undefined]>([
    [{ gatewayUrl: first }, 'gateway', 'bi', { url: first, name: '' }],
    [{ gatewayUrl: first }, 'baseline', 'bi', { url: blue, name: 'blue' }],
    [{ gatewayUrl: first, baselineUrl: second }, 'noise', 'bi', { url: second, name: '' }],
    [{}, 'gateway', 'bi', { url: blue, name: 'blue' }],
    [{}, 'gateway', '', { url: blue, name: 'blue' }],
    [{}, 'gateway', 'etl', undefined],
  ])('with %j the %s arm of "%s": %j', (routes, arm, group, target) => {
    const rule = targetRule({ backBy: 'cluster-healthy', clusters, ...routes }, active);
    expect(rule(query(arm, group))).toEqual(target);
  });
});

test.each([
  [{ model: 'closed', concurrency: 8, threads: 2 }, 4, undefined],
  [
    { model: 'closed', concurrency: 8, threads: 3 },
    4,
    '8 slots (load.concurrency) cannot be shared out to 4 shards with 3 threads each',
  ],
  [{ model: 'closed', concurrency: 1, stages: [{ for: '1s', to: 8 }] }, 8, undefined],
  [{ model: 'rate', threads: 3 }, 4, undefined],
])('%j over %d shards: refused as %s', (load, of, refused) => {
  const prepared = { scenario: scenario({ load }) } as Prepared;
  const refuse = () => refuseIdleShard(prepared, { part: { index: 0, of }, run: 'r' });
  if (refused === undefined) expect(refuse).not.toThrow();
  else expect(refuse).toThrow(refused);
});

test('a rules file is known by what stood in it when the run began, under each key that names one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'rules-'));
  const named = (file: string) => ({ config: { routingRules: { rulesConfigPath: file } } });
  const digests = () =>
    rulesDigests(
      {
        gateway: named('a.yaml'),
        baseline: named('gone.yaml'),
        timeline: [{ reconfigure: named('b.yaml') }],
      },
      dir,
    );
  writeFileSync(join(dir, 'a.yaml'), 'secret: 1');
  writeFileSync(join(dir, 'b.yaml'), 'secret: 1');
  const [gatewayKey, timelineKey] = ['gateway', 'timeline.0.reconfigure'].map(
    (at) => `${at}.config.routingRules.rulesConfigPath`,
  );
  const before = digests();
  expect(Object.keys(before)).toEqual([gatewayKey, timelineKey]);
  expect(before[gatewayKey ?? '']).toBe(createHash('sha256').update('secret: 1').digest('hex'));
  writeFileSync(join(dir, 'a.yaml'), 'secret: 2');
  expect(digests()[gatewayKey ?? '']).not.toBe(before[gatewayKey ?? '']);
  expect(digests()[timelineKey ?? '']).toBe(before[timelineKey ?? '']);
});
