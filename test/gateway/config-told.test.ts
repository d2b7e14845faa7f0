// What `rehearse gateway check` and the log say of a configuration beside its values.
import { describe, expect, test } from 'vitest';
import { describeConfig } from '../../gateway/config/describe.ts';
import { keptIn, keptTexts } from '../../gateway/config/kept.ts';
import { readConfigText } from '../../gateway/config/load.ts';

const read = (text: string) => readConfigText(text, '/etc/gateway/config.yaml', {});

describe('where things are kept', () => {
  test.each<[string, object, RegExp, object]>([
    [
      '{}',
      { kind: 'memory', isLostAtRestart: true },
      /^kept in memory only, lost at a restart: .*dataStore.path keeps it/,
      { type: 'sqlite', path: ':memory:' },
    ],
    [
      'dataStore: {path: gw.db}',
      { kind: 'sqlite', where: '/etc/gateway/gw.db', isLostAtRestart: false },
      /^kept in the SQLite file \/etc\/gateway\/gw.db: .*query history of 4 h$/,
      { type: 'sqlite', path: 'gw.db' },
    ],
    [
      'dataStore: {jdbcUrl: "jdbc:mysql://db/gw?password=hunter2", queryHistoryEnabled: false}',
      { kind: 'mysql', where: 'db:3306/gw', isLostAtRestart: false },
      /^kept in mysql at db:3306\/gw: .*no query history$/,
      { jdbcUrl: 'jdbc:mysql://db/gw?password=***' },
    ],
  ])('%j', (text, kept, told, shown) => {
    const loaded = read(text);
    expect(keptIn(loaded.config.dataStore)).toMatchObject(kept);
    expect(keptTexts(loaded.config)).toEqual([expect.stringMatching(told)]);
    const { values, origins } = describeConfig(loaded);
    expect(values.dataStore).toMatchObject(shown);
    expect(origins['dataStore.path']?.from).toBe(
      text === '{}' ? 'default' : text.includes('path') ? 'file' : undefined,
    );
  });

  test('captured statements have a line too, and their folder counts from the file', () => {
    const { config } = read('capture: {folder: cap}');
    expect(keptTexts(config)[1]).toBe('captured statements: in /etc/gateway/cap');
  });
});

describe('keys that do less here than in the Java gateway are noted', () => {
  test.each([
    [
      'clusterStatsConfiguration: {monitorType: INFO_API}',
      /^clusterStatsConfiguration.monitorType: INFO_API changes nothing: .*\(ready\) judges health/,
    ],
    [
      'clusterStatsConfiguration: {monitorType: UI_API}\nbackendState: {username: u}',
      /UI_API only counts the queries/,
    ],
    ['monitor: {metricMaximumValues: {lag: 3}}', /^monitor.metricMaximumValues: changes nothing while/],
    [
      'routing: {asyncTimeout: 3m}',
      /^routing.asyncTimeout: .*nothing has come for so long \(proxy.requestTimeout: 180 s\)/,
    ],
    ['clusterStatsConfiguration: {monitorType: INFO_API}\nhealth: {probe: monitor}', undefined],
    ['clusterStatsConfiguration: {monitorType: INFO_API}\ncompat: strict', undefined],
    ['monitor: {metricMaximumValues: {lag: 3}}\nhealth: {probe: monitor}', undefined],
    ['compat: strict', undefined],
  ])('%j', (text, told) => {
    const messages = read(text).notes.map(({ line, message }) => [line, message]);
    expect(messages).toEqual(told === undefined ? [] : [[1, expect.stringMatching(told)]]);
  });

  test('what identifies client certificates is told as not supported', () => {
    const { withoutEffect } = read('requestAnalyzerConfig: {clientCertificateIdentityField: CN}');
    expect(withoutEffect).toMatchObject([{ key: 'requestAnalyzerConfig.clientCertificateIdentityField' }]);
  });
});
