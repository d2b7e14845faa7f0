import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { renderStudy } from '../../src/capacity/report/page.ts';
import type { StudyRecord } from '../../src/capacity/study/record.ts';
import { runStudy } from '../../src/capacity/study/run.ts';
import { renderReport } from '../../src/report/html/page.ts';
import { type RunLine, renderRunsPage } from '../../src/report/html/runs-page.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { empty, failing, hostile, invalid, passing } from '../report/fixture.ts';
import { seriousFaults } from './axe.ts';
import { launchChromium } from './chromium.ts';
import * as inPage from './in-page.js';

const runs: Readonly<Record<string, ReportInput>> = { passing, failing, invalid, empty, hostile };

const runLines = ['pass', 'fail', 'invalid', 'inconclusive'].map(
  (result, i): RunLine => ({
    ...{ folder: `2026-11-0${i + 1}`, name: 'daily-roll', startedAt: `2026-11-0${i + 1}T08:00:00.000Z` },
    ...{ result: result as RunLine['result'], reason: 'all 5 gates hold', planned: 2400 },
    ...{ drops: i, avoidable: 0, p95Ms: 120 + i, submit: { estimateMs: 1 + i, lowMs: i, highMs: 2 + i } },
  }),
);

interface Opened {
  readonly page: Page;
  /** Console lines and page errors; a good page has none. */
  readonly complaints: string[];
  /** Everything the page asked for besides itself. */
  readonly requests: string[];
}

let browser: Browser;
let dir: string;

beforeAll(async () => {
  browser = await launchChromium();
  dir = mkdtempSync(join(tmpdir(), 'rehearse-browser-'));
  for (const [name, input] of Object.entries(runs))
    writeFileSync(join(dir, `${name}.html`), renderReport(input));
  writeFileSync(join(dir, 'runs.html'), renderRunsPage(runLines, 3));
  writeFileSync(join(dir, 'capacity.html'), renderStudy(await computedStudy()));
}, 120_000);

/** The shipped study for one group, computed: nothing is started, no load is sent. */
async function computedStudy(): Promise<StudyRecord> {
  const studyFile = join(projectRoot, 'scenarios', 'capacity', 'study.yaml');
  const overrides = [
    'expect=[{when: {source: Apache Superset}, group: bi}]',
    'whatIf=[{name: twice, users: 2}]',
  ];
  const { record } = await runStudy({
    ...{ studyFile, overrides, reportsDir: dir, live: false, measuredFrom: undefined, note: () => {} },
    ...{ command: ['capacity', 'run', studyFile], signal: new AbortController().signal },
  });
  return record;
}

afterAll(async () => {
  await browser?.close();
  if (dir !== undefined) rmSync(dir, { recursive: true });
});

async function open(name: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  const requests: string[] = [];
  const url = pathToFileURL(join(dir, `${name}.html`)).href;
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) requests.push(request.url());
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.evaluate(inPage.settled);
  return { page, complaints, requests };
}

const SCREENS = [
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
] as const;

const cases = [...Object.keys(runs), 'runs', 'capacity'].flatMap((name) =>
  SCREENS.map((screen) => ({ name, ...screen })),
);

describe.each(cases)('the $name run at $width px, $colorScheme', ({ name, width, colorScheme }) => {
  it('opens from disk in silence, draws every chart, fits, and can be read', async () => {
    const { page, complaints, requests } = await open(name, {
      viewport: { width, height: 900 },
      colorScheme,
    });
    expect(await page.evaluate(inPage.blankCanvases)).toEqual([]);
    expect(await page.evaluate(inPage.overflow)).toEqual({ px: 0, elements: [] });
    expect(await page.evaluate(inPage.lowContrast)).toEqual([]);
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await page.close();
  });
});

describe('hostile text', () => {
  it('runs nothing', async () => {
    const { page } = await open('hostile');
    expect(await page.evaluate(inPage.wasHacked)).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
    await page.close();
  });

  it('would be stopped by the policy even if it got in', async () => {
    const { page, complaints } = await open('passing');
    await page.evaluate(inPage.injectScript);
    expect(await page.evaluate(inPage.wasHacked)).toBe(false);
    expect(complaints.join()).toContain('Content Security Policy');
    await page.close();
  });
});

describe('the table of drops', () => {
  const shown = (page: Page) => page.locator('#drop-table tbody tr:visible');

  it('is filtered by words and by blame, and says how many are left', async () => {
    const { page } = await open('failing');
    expect(await shown(page).count()).toBe(8);
    await page.selectOption('select[name=key]', 'avoidable');
    expect(await shown(page).count()).toBe(3);
    await page.fill('input[name=text]', 'MAREK dbt');
    expect(await shown(page).count()).toBe(1);
    expect(await page.locator('form output').textContent()).toBe('1 of 8');
    await page.fill('input[name=text]', 'nobody');
    expect(await shown(page).count()).toBe(0);
    await page.close();
  });

  it('is sorted by keyboard, up and down, and tells assistive technology', async () => {
    const { page } = await open('failing');
    const head = page.locator('#drop-table th', { hasText: 'When' });
    const first = () => page.locator('#drop-table tbody tr').first().locator('td').first().textContent();
    await head.locator('button').press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    expect(await first()).toMatch(/^3:00\.0/);
    await head.locator('button').press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await first()).toMatch(/^3:02\.4/);
    await page.close();
  });
});

describe('the page', () => {
  it('can be read with scripts off', async () => {
    const { page } = await open('passing', { javaScriptEnabled: false });
    expect(await page.locator('noscript').isVisible()).toBe(true);
    expect(await page.locator('canvas').first().isVisible()).toBe(false);
    expect(await page.locator('form.filter').isVisible()).toBe(false);
    await page.locator('#figure-rate summary').click();
    expect(await page.locator('#figure-rate table').isVisible()).toBe(true);
    await page.close();
  });

  it('changes its charts with the theme', async () => {
    const { page } = await open('passing', { colorScheme: 'light' });
    const light = await page.evaluate(inPage.picture);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForFunction(inPage.pictureDiffers, light);
    expect(await page.evaluate(inPage.blankCanvases)).toEqual([]);
    await page.close();
  });

  it('is light on paper, whatever the screen is', async () => {
    const { page } = await open('passing', { colorScheme: 'dark' });
    await page.evaluate(inPage.announcePrint);
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate(inPage.ink)).toBe('rgb(27, 35, 48)');
    expect(await page.evaluate(inPage.blankCanvases)).toEqual([]);
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    await page.close();
  });

  it('hands over the command that runs it again', async () => {
    const { page } = await open('passing');
    await page.click('button[data-copy]');
    await expect.poll(async () => (await page.evaluate(inPage.copied)).button).toMatch(/Copied|Selected/);
    expect((await page.evaluate(inPage.copied)).text).toBe(
      "npx rehearse run scenarios/daily-roll.yaml --set seed=20260314 --out 'reports/daily roll'",
    );
    await page.close();
  });

  it('answers the pointer on the time axis without complaint', async () => {
    const { page, complaints } = await open('passing');
    await page.hover('#chart-rate', { position: { x: 300, y: 120 } });
    await page.hover('#chart-response', { position: { x: 400, y: 90 } });
    await page.hover('h1');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
