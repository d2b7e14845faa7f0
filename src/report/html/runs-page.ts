/** The list of runs: verdict, losses and cost of each, and how they went from run to run. */
import { formatCount } from '../../base/units.ts';
import type { GateResultKind } from '../../gates/verdict.ts';
import { DASH, interval, ms, signedMs, stamp } from '../format.ts';
import type { SkippedFolder } from '../run-folders.ts';
import { RESULTS } from '../words.ts';
import { type ChartSpec, figure, type Series } from './charts/spec.ts';
import { badge, type Column, footnote, nothing, table } from './parts.ts';
import { renderPage } from './shell.ts';
import { type Html, html } from './template.ts';

/** One run as the list shows it. */
export interface RunLine {
  /** Folder beside the list. */
  readonly folder: string;
  readonly name: string;
  readonly startedAt: string;
  readonly result: GateResultKind;
  readonly reason: string;
  readonly planned: number;
  readonly drops: number;
  readonly avoidable: number;
  readonly submit: {
    readonly estimateMs: number;
    readonly lowMs: number | null;
    readonly highMs: number | null;
  } | null;
  /** Response time through the gateway, 95th percentile. */
  readonly p95Ms: number | null;
}

/** A line through fewer runs than this shows no trend. */
const FEWEST_RUNS = 3;

/** The page; `runs` newest first. `left` is how many older ones are not in it, `skipped` are those that cannot be. */
export function renderRunsPage(
  runs: readonly RunLine[],
  left: number,
  skipped: readonly SkippedFolder[] = [],
): string {
  const scenarios = [...Map.groupBy(runs, (run) => run.name)].filter(
    ([, ofName]) => ofName.length >= FEWEST_RUNS,
  );
  const trends = scenarios.map(([name, ofName]) => ({
    name,
    charts: trendCharts(name, ofName.toReversed()),
  }));
  return renderPage({
    title: 'Rehearse: runs',
    tone: runs[0]?.result ?? 'quiet',
    charts: trends.flatMap((trend) => trend.charts),
    body: html`<header class="banner ${runs[0]?.result ?? 'quiet'}">
<div class="topline"><span class="brand">Rehearse</span></div>
<div class="headline"><div><h1>Runs</h1><p class="reason">${summaryLine(runs)}</p></div></div></header>
<main id="main"><section id="runs" aria-labelledby="runs-title"><h2 id="runs-title">All runs, newest first</h2>
${runs.length === 0 ? nothing('There is no run yet.') : runTable(runs)}
${left > 0 && footnote(`${formatCount(left)} older runs are not listed.`)}</section>
${skipped.length > 0 && skippedSection(skipped)}
${trends.map(({ name, charts }) => trendSection(name, charts, runs))}</main>`,
  });
}

function summaryLine(runs: readonly RunLine[]): string {
  const counts = (Object.keys(RESULTS) as GateResultKind[])
    .map(
      (result) =>
        [RESULTS[result].label.toLowerCase(), runs.filter((run) => run.result === result).length] as const,
    )
    .filter(([, n]) => n > 0);
  return counts.length === 0 ? 'none' : counts.map(([word, n]) => `${formatCount(n)} ${word}`).join(', ');
}

const COLUMNS: readonly Column<RunLine>[] = [
  {
    head: 'Run',
    cell: (run) =>
      html`<a href="${`${encodeURIComponent(run.folder)}/index.html`}">${run.name}</a><br><span class="muted">${stamp(run.startedAt)}</span>`,
    sortBy: (run) => Date.parse(run.startedAt),
  },
  { head: 'Verdict', cell: (run) => badge(run.result, RESULTS[run.result].label) },
  { head: 'Why', wraps: 'long', cell: (run) => run.reason },
  { head: 'Queries', numeric: true, cell: (run) => formatCount(run.planned), sortBy: (run) => run.planned },
  {
    head: 'Dropped',
    numeric: true,
    cell: (run) =>
      html`${formatCount(run.drops)}<br><span class="muted">${formatCount(run.avoidable)} avoidable</span>`,
    sortBy: (run) => run.drops,
  },
  {
    head: 'Overhead, submit',
    numeric: true,
    cell: (run) =>
      run.submit === null
        ? DASH
        : html`${signedMs(run.submit.estimateMs)}<br><span class="muted">${interval(run.submit.lowMs, run.submit.highMs, 'ms')}</span>`,
    sortBy: (run) => run.submit?.estimateMs ?? -1,
  },
  { head: 'Response p95', numeric: true, cell: (run) => ms(run.p95Ms), sortBy: (run) => run.p95Ms ?? -1 },
];

function runTable(rows: readonly RunLine[]): Html {
  return table<RunLine>({
    caption: 'Runs',
    columns: COLUMNS,
    rows,
    sortable: true,
    rowClass: (run) => run.result,
  });
}

function skippedSection(skipped: readonly SkippedFolder[]): Html {
  const columns: readonly Column<SkippedFolder>[] = [
    { head: 'Folder', code: true, cell: ({ folder }) => folder },
    { head: 'Why', wraps: 'long', cell: ({ why }) => why },
  ];
  return html`<section id="skipped" aria-labelledby="skipped-title"><h2 id="skipped-title">Passed over</h2>
${table({ caption: 'Folders that could not be taken in', columns, rows: skipped })}</section>`;
}

function trendSection(name: string, charts: readonly ChartSpec[], runs: readonly RunLine[]): Html {
  const id = `trend-${slug(name)}`;
  const rows = runTable(runs.filter((run) => run.name === name));
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>
<div class="pair">${charts.map((chart) => figure(chart, 'One point for each run, oldest first.', rows))}</div></section>`;
}

/** Oldest first. */
function trendCharts(name: string, runs: readonly RunLine[]): ChartSpec[] {
  const line = (title: string, shape: Series['shape'], value: (run: RunLine) => number | null): Series => ({
    ...{ name: title, shape, colour: shape === 'line' ? 'first' : 'quiet' },
    points: runs.map((run, i) => [i + 1, value(run)]),
  });
  const measured = runs.some((run) => run.submit !== null);
  const overhead = [
    line('estimate', 'line', (run) => run.submit?.estimateMs ?? null),
    line('95 % low', 'dashed', (run) => run.submit?.lowMs ?? null),
    line('95 % high', 'dashed', (run) => run.submit?.highMs ?? null),
  ];
  const p95 = [line('p95', 'line', (run) => run.p95Ms)];
  return [
    ...(measured ? [trendChart(`${slug(name)}-overhead`, 'Overhead, submit', runs, overhead)] : []),
    trendChart(`${slug(name)}-p95`, 'Response time, p95', runs, p95),
  ];
}

function trendChart(
  id: string,
  title: string,
  runs: readonly RunLine[],
  series: readonly Series[],
): ChartSpec {
  return {
    ...{ id, title, series },
    x: {
      title: 'run, oldest first',
      format: 'count',
      min: 1,
      max: Math.max(2, runs.length),
      ticks: ticks(runs.length),
    },
    y: { title: 'milliseconds', format: 'ms' },
  };
}

/** Whole numbers only, at most ten. */
function ticks(count: number): [number, string][] {
  const step = Math.ceil(count / 10);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => [1 + i * step, String(1 + i * step)]);
}

function slug(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase();
}
