// The live page in a browser: figures arrive, charts draw, nothing is complained about.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveSnapshot } from '../../src/cli/live/figures.ts';
import { startLiveServer } from '../../src/cli/live/server.ts';
import { event } from '../measure/factory.ts';
import { seriousFaults } from './axe.ts';
import { launchChromium } from './chromium.ts';
import { blankCanvases, chartInk, lowContrast, marksDrawn, overflow } from './in-page.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test.each([1280, 390])('%i px wide: figures come as the run goes on, and its end is told', async (width) => {
  let looked = 0;
  const snapshot = (): LiveSnapshot => {
    looked++;
    return {
      ...{ atMs: looked * 1000, leftMs: 30_000 - looked * 1000, phase: 'roll bi', step: '<i>up</i>' },
      ...{
        planned: 2300,
        ended: looked * 40,
        open: looked,
        toSend: 2300,
        troubled: 0,
        endedPerSecond: 40 + looked,
      },
      ...{ p50Ms: 80, p95Ms: 300 + looked },
    };
  };
  const live = await startLiveServer({ title: 'daily-roll.yaml', port: 0, snapshot });
  live.event(event('cluster-up', 1_000_000, { text: 'blue is up' }));
  live.event(event('replay-started', 9_000_000));
  live.event(event('roll-started', 10_000_000, { text: 'roll bi: <img src=x onerror=alert(1)>', action: 0 }));
  live.event(event('cluster-killed', 11_000_000, { text: 'olap is killed' }));
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(live.url);
  await page.getByText('80 of 2300').waitFor();
  expect(await page.locator('#doing').textContent()).toBe('roll bi · <i>up</i>');
  // Events count from the beginning of the load, as the charts do.
  const at = await page.locator('#events .at').allTextContents();
  expect(at).toEqual(['−0:08', '0:01', '0:02']);
  expect(await page.locator('#events li').nth(1).textContent()).toContain('<img src=x');
  expect(await page.evaluate(marksDrawn)).toEqual([1, 1, 1]);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(() => page.evaluate(chartInk)).toEqual(['#232b36', '#e3e8f0']);
  expect(await page.evaluate(blankCanvases)).toEqual([]);
  expect(await page.evaluate(overflow)).toEqual({ px: 0, elements: [] });
  expect(await page.evaluate(lowContrast)).toEqual([]);
  expect(await seriousFaults(page)).toEqual([]);
  await live.close();
  await page.getByText('the replay is over').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
