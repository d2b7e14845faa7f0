import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRunsPage } from '../../src/report/index.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { failing, hostile, invalid, passing } from './fixture.ts';

/** A folder of runs as `rehearse run` leaves it; the folder's name is its moment and its scenario. */
function reports(...runs: readonly (readonly [folder: string, input: ReportInput])[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-runs-'));
  for (const [folder, { info, summary, verdict }] of runs) {
    mkdirSync(join(dir, folder));
    const startedAt = `2026-11-${folder.slice(0, 2)}T08:00:00.000Z`;
    const write = (name: string, value: unknown) =>
      writeFileSync(join(dir, folder, name), JSON.stringify(value));
    write('run.json', { ...info, startedAt });
    write('verdict.json', verdict);
    write('summary.json', summary);
  }
  return dir;
}

function pageOf(dir: string): string {
  expect(writeRunsPage(dir)).toBeDefined();
  return readFileSync(join(dir, 'index.html'), 'utf8');
}

describe('the list of runs', () => {
  it('stands newest first, with the verdict, losses and a link to each', () => {
    const page = pageOf(reports(['01-a', passing], ['03-c', failing], ['02-b', invalid]));
    const links = [...page.matchAll(/<a href="([^"#]+)"/g)].map((m) => m[1]);
    expect(links.slice(0, 3)).toEqual(['03-c/index.html', '02-b/index.html', '01-a/index.html']);
    expect(page).toContain('1 passed, 1 failed, 1 invalid');
    expect(page.match(/badge fail/g)?.length).toBeGreaterThanOrEqual(1);
  });

  it('draws a scenario’s trend from three runs on, oldest first', () => {
    const two = pageOf(reports(['01-a', passing], ['02-b', passing]));
    expect(two).not.toContain('id="chart-');
    const three = pageOf(reports(['01-a', passing], ['02-b', passing], ['03-c', passing]));
    expect(three).toContain('-olap-coordinator-overhead"');
    expect(three).toContain('-olap-coordinator-p95"');
  });

  it('passes over what is no finished run, and is written for none as well', () => {
    const dir = reports(['01-a', passing]);
    mkdirSync(join(dir, '02-torn'));
    writeFileSync(join(dir, '02-torn', 'run.json'), '{');
    mkdirSync(join(dir, '.part-03'));
    writeFileSync(join(dir, 'notes.txt'), 'ours');
    mkdirSync(join(dir, 'of others'));
    writeFileSync(join(dir, '.part-03', 'samples.ndjson'), '');
    const page = pageOf(dir);
    expect(page.match(/<tr/g)).toHaveLength(5);
    expect(page).toMatch(/02-torn[\s\S]*its run\.json cannot be read:/);
    expect(page).toMatch(/\.part-03[\s\S]*it has not come to its end: it goes on, or was killed/);
    expect(writeRunsPage(dir)?.map(({ folder }) => folder)).toEqual(['.part-03', '02-torn']);
    expect(pageOf(mkdtempSync(join(tmpdir(), 'rehearse-runs-')))).toContain('There is no run yet');
  });

  it('escapes what a scenario brought along', () => {
    const page = pageOf(reports(['01-a', hostile]));
    expect(page).not.toContain('<img');
    expect(page.match(/<script/g)).toHaveLength(
      pageOf(reports(['01-a', passing])).match(/<script/g)?.length ?? 0,
    );
  });

  it('never replaces an index.html that is not ours', () => {
    const dir = reports(['01-a', passing]);
    writeFileSync(join(dir, 'index.html'), '<h1>my page</h1>');
    expect(writeRunsPage(dir)).toBeUndefined();
    expect(readFileSync(join(dir, 'index.html'), 'utf8')).toBe('<h1>my page</h1>');
  });

  it('passes over a run whose verdict is no word of ours, and one without texts', () => {
    const dir = reports(['01-a', passing], ['02-b', passing], ['03-c', passing]);
    const spoil = (run: string, name: string, change: object) => {
      const file = join(dir, run, name);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    };
    spoil('02-b', 'verdict.json', { result: 'passed' });
    spoil('03-c', 'run.json', { startedAt: 7 });
    const page = pageOf(dir);
    expect([...page.matchAll(/<a href="([^"#]+)"/g)].map((m) => m[1])).toEqual(['01-a/index.html']);
    expect(page).toMatch(/02-b[\s\S]*its verdict\.json holds no verdict of ours/);
    expect(page).toMatch(/03-c[\s\S]*its run\.json is no record of a run/);
  });
});
