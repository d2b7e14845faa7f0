// The console in a browser: logging in, hostile names as text, changing things, wide and narrow.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, gateway } from '../gateway/helpers.ts';
import { launchChromium } from './chromium.ts';
import { lowContrast, overflow } from './in-page.js';

const HOSTILE = 'green <img src=x onerror=alert(1)>';
const RULES = `name: "<b>bold</b>"
condition: 'request.getHeader("X-Trino-Source") == "superset"'
actions: ['result.put("routingGroup", "bi")']
`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** A gateway with hostile names in it, and a page on it; `troubles` are errors of the page and of its policy. */
async function opened(width: number, colorScheme: 'light' | 'dark' = 'light') {
  const rules = join(mkdtempSync(join(tmpdir(), 'rehearse-console-')), 'rules.yaml');
  writeFileSync(rules, RULES);
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: 'http://127.0.0.1:9' },
      { name: HOSTILE, proxyTo: 'http://127.0.0.1:10', active: false },
    ],
    routingRules: { rulesEngineEnabled: true, rulesConfigPath: rules },
    authentication: { form: {} },
    presetUsers: { ann: { password: 'p', privileges: '' } },
  });
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (m) => {
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) troubles.push(m.text());
  });
  page.on('dialog', (dialog) => {
    if (!dialog.message().startsWith('Deactivate ')) troubles.push(`dialog: ${dialog.message()}`);
    return dialog.accept();
  });
  return { gw, page, rules, troubles };
}

async function logIn(page: Page, url: string, password = 'p'): Promise<void> {
  await page.goto(url);
  await page.fill('input[name=username]', 'ann');
  await page.fill('input[name=password]', password);
  await page.click('form.login button');
}

describe.each([
  [1280, 'light'],
  [390, 'light'],
  [1280, 'dark'],
] as const)('%i px wide, %s', (width, scheme) => {
  test('every page shows what there is, as text, inside the window and readable', async () => {
    const { gw, page, troubles } = await opened(width, scheme);
    await logIn(page, gw.url);
    for (const [hash, wanted] of [
      ['dashboard', 'The last hour'],
      ['cluster', HOSTILE],
      ['history', 'No query matches.'],
      ['routing-rules', '<b>bold</b>'],
    ] as const) {
      await page.goto(`${gw.url}/trino-gateway#${hash}`);
      await page.getByText(wanted).first().waitFor();
      expect([hash, (await page.evaluate(overflow)).px]).toEqual([hash, 0]);
      expect([hash, await page.evaluate(lowContrast)]).toEqual([hash, []]);
    }
    expect(troubles).toEqual([]);
    await page.close();
  });
});

test('a wrong password stays outside; the session cookie is out of reach of scripts', async () => {
  const { gw, page, troubles } = await opened(1280);
  await logIn(page, gw.url, 'wrong');
  await page.getByText('Authentication failed.').waitFor();
  await logIn(page, gw.url);
  await page.getByRole('heading', { name: 'The last hour' }).waitFor();
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForSelector('form.login');
  expect(troubles).toEqual([]);
  await page.close();
});

test('a cluster is deactivated; a bad rule is refused with its place, a good one is in the file', async () => {
  const { gw, page, rules, troubles } = await opened(1280);
  await logIn(page, gw.url);
  await page.getByRole('link', { name: 'Clusters' }).click();
  await page.getByRole('button', { name: 'Deactivate blue' }).click();
  await page.getByText('blue is inactive now.').waitFor();
  const blue = await call(`${gw.url}/api/public/backends/blue`);
  expect(blue.json()).toMatchObject({ active: false });
  await page.getByRole('link', { name: 'Routing rules' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.fill('textarea[name=condition]', 'no rule ((');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('nothing was changed').waitFor();
  expect(readFileSync(rules, 'utf8')).toBe(RULES);
  await page.fill('textarea[name=condition]', 'request.getHeader("X-Trino-User") == "ann"');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('is saved.').waitFor();
  expect(readFileSync(rules, 'utf8')).toContain('X-Trino-User');
  expect(troubles).toEqual([]);
  await page.close();
});

test('the share of a cluster is that of all queries, by its bar and by its number', async () => {
  const { gw, page, troubles } = await opened(1280);
  const total = {
    totalQueryCount: 40,
    averageQueryCountMinute: 0.7,
    onlineBackendCount: 2,
    totalBackendCount: 2,
  };
  const distributionChart = [
    { name: HOSTILE, queryCount: 10 },
    { name: 'blue', queryCount: 30 },
  ];
  const data = { ...total, healthyBackendCount: 2, distributionChart };
  await page.route('**/webapp/getDistribution', (route) => route.fulfill({ json: { code: 200, data } }));
  await logIn(page, gw.url);
  await page.getByText('75.0 %').waitFor();
  const rows = await page.locator('tbody tr').evaluateAll((all) =>
    all.map((row) => {
      const meter = row.querySelector('meter');
      return [row.textContent, meter === null ? undefined : meter.value / meter.max];
    }),
  );
  expect(rows).toEqual([
    ['blue30 75.0 %', 0.75],
    [`${HOSTILE}10 25.0 %`, 0.25],
  ]);
  expect(troubles).toEqual([]);
  await page.close();
});
