// Rules that look at statements and users, through a whole gateway: what is parsed in the worker decides where a statement runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fake, gateway, post } from './helpers.ts';

const TABLES = `
name: sales
condition: 'trinoQueryProperties.tablesContains("hive.sales.orders")'
actions: ['result.put("routingGroup", "olap")']
---
name: writes
condition: 'trinoQueryProperties.getResourceGroupQueryType() == "INSERT"'
actions: ['result.put("routingGroup", "olap")']
---
name: broken
condition: '!trinoQueryProperties.isQueryParsingSuccessful()'
actions: ['result.put("routingGroup", "olap")']
`;
const USERS = `
name: ann
condition: 'trinoRequestUser.userExistsAndEquals("ann@x")'
actions: ['result.put("routingGroup", "olap")']
`;

interface Status {
  readonly proxy: { readonly decisions: Record<string, number> };
  readonly analysis: { readonly statements: Record<string, number> } | null;
}

async function ruled(rules: string, analyzeRequest = true) {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-analysis-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const rulesConfigPath = join(dir, 'rules.yaml');
  writeFileSync(rulesConfigPath, rules);
  const adhoc = await fake({ suffix: 'aaaaa' });
  const olap = await fake({ suffix: 'bbbbb' });
  const gw = await gateway({
    backends: [
      { name: 'adhoc', proxyTo: adhoc.url },
      { name: 'olap', proxyTo: olap.url, routingGroup: 'olap' },
    ],
    routingRules: { rulesEngineEnabled: true, rulesConfigPath },
    requestAnalyzerConfig: { analyzeRequest },
  });
  await gw.until('adhoc', { trinoStatus: 'HEALTHY' });
  await gw.until('olap', { trinoStatus: 'HEALTHY' });
  const ranOn = async (sql: string, headers: Record<string, string> = {}) =>
    (await post(gw.url, sql, headers)).id.slice(-5) === 'bbbbb' ? 'olap' : 'adhoc';
  return { gw, ranOn, status: () => gw.status() as unknown as Promise<Status> };
}

test('the tables and the type of a statement decide', async () => {
  const { ranOn, status } = await ruled(TABLES);
  const session = { 'x-trino-catalog': 'hive', 'x-trino-schema': 'sales' };
  expect(await ranOn('SELECT * FROM hive.sales.orders')).toBe('olap');
  expect(await ranOn('SELECT * FROM orders', session)).toBe('olap');
  expect(await ranOn('SELECT * FROM customers', session)).toBe('adhoc');
  expect(await ranOn('INSERT INTO hive.a.b SELECT 1')).toBe('olap');
  expect(await ranOn('SELEC 1')).toBe('olap');
  const prepared = { 'x-trino-prepared-statement': 'q=SELECT+*+FROM+hive.sales.orders' };
  expect(await ranOn('EXECUTE q', prepared)).toBe('olap');
  expect(await ranOn('SELECT * FROM customers', session)).toBe('adhoc');
  const { analysis, proxy } = await status();
  expect(analysis?.statements).toMatchObject({ analysed: 7, cacheHits: 1, unsuccessful: 1 });
  expect(proxy.decisions).toMatchObject({ 'olap by rule sales': 3, 'olap by rule writes': 1 });
});

test('where only the user counts, nothing is parsed', async () => {
  const { ranOn, status } = await ruled(USERS);
  expect(await ranOn('SELECT 1', { 'x-trino-user': 'ann@x' })).toBe('olap');
  expect(await ranOn('SELECT 1', { 'x-trino-user': 'bob' })).toBe('adhoc');
  expect((await status()).analysis?.statements).toMatchObject({ analysed: 0, cacheHits: 0 });
});

test('rules that ask for an analysis are refused where it is switched off', async () => {
  await expect(ruled(TABLES, false)).rejects.toThrow(/requestAnalyzerConfig.analyzeRequest: true/);
});
