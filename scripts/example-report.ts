// Makes the example report that the repository holds: `npm run example-report`. A run of the main scenario with its own
// seed, the page, a picture of its top, and what the page is made of (the samples are left out: they are ten times as large).
// A run that does not pass is not kept: try on a quiet machine.
//   node scripts/example-report.ts              run, judge, render
//   node scripts/example-report.ts --from RUN   judge and render an earlier run
//   node scripts/example-report.ts --again      render what is there once more, after a change of the report
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { EXIT } from '../src/base/errors.ts';
import { writeWhole } from '../src/base/files.ts';
import { projectRoot } from '../src/base/project.ts';
import { renderReport } from '../src/report/index.ts';
import { judgeRun } from '../src/run/judge.ts';
import { launchChromium } from '../test/browser/chromium.ts';
import { EXAMPLE, readExample } from '../test/report/example.ts';

const SCENARIO = 'scenarios/daily-roll.yaml';
/** What the picture shows, CSS pixels. */
const PICTURE = { width: 1280, height: 900 };
const MOST_BYTES = { 'index.html': 600_000, 'top.png': 200_000 };

const { values } = parseArgs({ options: { from: { type: 'string' }, again: { type: 'boolean' } } });
const work = mkdtempSync(join(tmpdir(), 'rehearse-example-'));

function freshRun(): string {
  const args = ['bin/rehearse.js', 'run', SCENARIO, '--out', work, '--quiet'];
  const { status } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  if (status !== EXIT.ok) throw new Error(`the run ended with ${status}: nothing was changed`);
  const [run] = readdirSync(work).filter((name) => name.endsWith(basename(SCENARIO, '.yaml')));
  if (run === undefined) throw new Error(`there is no run in ${work}`);
  return join(work, run);
}

async function picture(): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: PICTURE, colorScheme: 'light' });
    await page.goto(pathToFileURL(join(EXAMPLE, 'index.html')).href);
    await page.screenshot({ path: join(EXAMPLE, 'top.png') });
  } finally {
    await browser.close();
  }
}

try {
  const input = values.again === true ? readExample() : await judgeRun(values.from ?? freshRun());
  const { events, info, summary, verdict } = input;
  if (verdict.result !== 'pass') throw new Error(`${verdict.result}: ${verdict.reason}; nothing was changed`);
  for (const [name, value] of Object.entries({ run: info, events, summary, verdict }))
    writeWhole(join(EXAMPLE, `${name}.json`), `${JSON.stringify(value)}\n`);
  writeWhole(join(EXAMPLE, 'index.html'), renderReport(input));
  await picture();
  for (const [file, most] of Object.entries(MOST_BYTES)) {
    const { size } = statSync(join(EXAMPLE, file));
    console.log(`examples/report/${file}: ${size} bytes`);
    if (size > most) throw new Error(`${file} is larger than ${most} bytes, too large for a repository`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
