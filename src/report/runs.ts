/** `index.html` of a folder of runs: reads what each run's own folder says of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../base/files.ts';
import { dropsIn, gatewayDrops } from './facts.ts';
import { type RunLine, renderRunsPage } from './html/runs-page.ts';
import { type FinishedRun, readRunFolders, type SkippedFolder } from './run-folders.ts';

/** More runs make the page heavy and are better asked for by a query. */
const MOST_RUNS = 200;

/** A page that somebody else keeps there is left alone; ours says who made it. */
const OURS = '<meta name="generator" content="trino-rehearse ';

/**
 * Writes the list of the runs in a folder, the newest 200; those that could not be taken in stand below, with why. Answers
 * these; undefined, with nothing written, when an `index.html` of somebody else's stands in its place.
 */
export function writeRunsPage(reportsDir: string): readonly SkippedFolder[] | undefined {
  const file = join(reportsDir, 'index.html');
  if (existsSync(file) && !readFileSync(file, 'utf8').includes(OURS)) return undefined;
  const { runs, skipped } = readRunFolders(reportsDir, lineOf);
  const lines = runs.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
  const older = Math.max(0, lines.length - MOST_RUNS);
  writeWhole(file, renderRunsPage(lines.slice(0, MOST_RUNS), older, skipped));
  return skipped;
}

function lineOf({ folder, info, verdict, summary }: FinishedRun): RunLine {
  const all = summary.latency.find(
    (row) => row.by === 'all' && row.arm === 'gateway' && row.clock === 'response',
  );
  return {
    ...{ folder, name: info.name, startedAt: info.startedAt },
    ...{ result: verdict.result, reason: verdict.reason },
    ...{ planned: summary.total.planned, drops: dropsIn(summary.total.counts) },
    avoidable: gatewayDrops(summary).filter((drop) => drop.blame === 'avoidable').length,
    submit: summary.overhead?.levels.find((level) => level.level === 'submit')?.difference ?? null,
    p95Ms: all?.quantiles.p95 ?? null,
  };
}
