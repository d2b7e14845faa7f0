/** `index.html` of a folder of runs: reads what each run's own folder says of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../base/files.ts';
import type { Verdict } from '../gates/verdict.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Summary } from '../measure/summary/summary.ts';
import { dropsIn, gatewayDrops } from './facts.ts';
import { type RunLine, renderRunsPage } from './html/runs-page.ts';
import { RESULTS } from './words.ts';

/** More runs make the page heavy and are better asked for by a query. */
const MOST_RUNS = 200;

/** A page that somebody else keeps there is left alone; ours says who made it. */
const OURS = '<meta name="generator" content="trino-rehearse ';

/**
 * Writes the list of the runs in a folder, the newest 200. Answers false, and writes nothing, when an `index.html`
 * of somebody else's stands in its place. Folders that hold no finished run are passed over.
 */
export function writeRunsPage(reportsDir: string): boolean {
  const file = join(reportsDir, 'index.html');
  if (existsSync(file) && !readFileSync(file, 'utf8').includes(OURS)) return false;
  // Ids begin with the moment of the start, so names sort by time.
  const folders = readdirSync(reportsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const lines = folders
    .flatMap((folder) => readLine(join(reportsDir, folder), folder))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  writeWhole(file, renderRunsPage(lines.slice(0, MOST_RUNS), Math.max(0, lines.length - MOST_RUNS)));
  return true;
}

function readLine(dir: string, folder: string): RunLine[] {
  try {
    const read = (name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8'));
    const info = read('run.json') as RunInfo;
    const verdict = read('verdict.json') as Verdict;
    return [lineOf(folder, info, verdict, read('summary.json') as Summary)];
  } catch {
    return [];
  }
}

function lineOf(folder: string, info: RunInfo, verdict: Verdict, summary: Summary): RunLine {
  const all = summary.latency.find(
    (row) => row.by === 'all' && row.arm === 'gateway' && row.clock === 'response',
  );
  // What our own program never wrote is passed over like what cannot be read.
  if (!(verdict.result in RESULTS) || ![info.name, info.startedAt, verdict.reason].every(isText))
    throw new TypeError('it is no run of ours');
  return {
    ...{ folder, name: info.name, startedAt: info.startedAt },
    ...{ result: verdict.result, reason: verdict.reason },
    ...{ planned: summary.total.planned, drops: dropsIn(summary.total.counts) },
    avoidable: gatewayDrops(summary).filter((drop) => drop.blame === 'avoidable').length,
    submit: summary.overhead?.levels.find((level) => level.level === 'submit')?.difference ?? null,
    p95Ms: all?.quantiles.p95 ?? null,
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';
