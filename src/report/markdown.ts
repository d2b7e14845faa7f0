/** The verdict as Markdown, for the step summary of a CI job or a comment on a change. */
import { formatCount } from '../base/units.ts';
import type { Summary } from '../measure/summary/summary.ts';
import {
  actionVerdict,
  blameNote,
  clientNote,
  commandAgain,
  gatewayDrops,
  headline,
  lossesAllTheSame,
  MEDIANS_NOTE,
  SIMULATED_NOTE,
  sumOf,
  underTest,
} from './facts.ts';
import { interval, inUnit, moment, ms, signedMs } from './format.ts';
import type { ReportInput } from './input.ts';
import { clusterSideText, fatesText } from './ledger-text.ts';
import { clip, oneLine } from './plain.ts';
import { errorsText, replayedLines } from './replayed.ts';
import { LEVEL_WORDS, OUTCOME_WORDS, RESULTS } from './words.ts';

const MARKS = { pass: '✅', fail: '❌', inconclusive: '❔', invalid: '⚠️' } as const;

/** Rows of the drops table; the report lists all. */
const MOST_DROPS = 20;

/**
 * Text that Markdown shows as it is: no markup, no HTML, no end of a table cell, no link of an address (GitHub's extended
 * autolinks begin at `://` and `www.`), no mention (which GitHub looks for in what was rendered, so a space of no width follows).
 */
export function md(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('://', '&#58;//')
    .replace(/www\./gi, '$&\u200b')
    .replaceAll('@', '&#64;\u200b');
}

function code(text: string): string {
  return `<code>${md(text)}</code>`;
}

/** A table; cells are finished Markdown. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A whole Markdown document. */
export function renderMarkdown(input: ReportInput): string {
  const { info, summary, verdict } = input;
  const parts = [
    `## ${MARKS[verdict.result]} ${RESULTS[verdict.result].label}: ${md(info.name)}`,
    lossesAllTheSame(input),
    md(verdict.reason),
    info.interrupted ? '**Interrupted:** the record so far is shown.' : '',
    headline(input)
      .map((fact) => `**${fact.label}** ${fact.value} (${md(fact.note)})`)
      .join(' · '),
    underTest(input)
      .map((line) => `- ${md(line)}`)
      .join('\n'),
    info.simulated ? `> ${SIMULATED_NOTE}` : '',
    clientNote(info) === '' ? '' : `> ${clientNote(info)}`,
    gates(input),
    actions(summary),
    overhead(summary),
    `### Outcomes\n\n${sums(input)}`,
    `### Ledger\n\n${md(fatesText(summary.ledger))}  \n${md(clusterSideText(summary.ledger))}`,
    drops(summary),
    health(summary),
    `Run it again: ${code(commandAgain(info))}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function titled(title: string, body: string): string {
  return body === '' ? '' : `### ${title}\n\n${body}`;
}

function gates({ verdict }: ReportInput): string {
  const rows = verdict.gates.map((gate) => [
    `${MARKS[gate.result]} ${RESULTS[gate.result].label}`,
    code(gate.expression),
    inUnit(gate.observed, gate.unit),
    interval(gate.low, gate.high, gate.unit),
    formatCount(gate.n),
    md(gate.reason),
  ]);
  return titled('Gates', markdownTable(['', 'Gate', 'Observed', '95 % interval', 'n', 'Why'], rows));
}

function actions(summary: Summary): string {
  const rows = summary.actions.map((action) => [
    md(action.title),
    actionVerdict(action).text,
    ms(action.endMs - action.startMs),
    formatCount(action.exposed),
    formatCount(action.drops),
    ms(action.firstGoodMs),
    md(action.doubt),
  ]);
  const heads = ['Action', 'Result', 'Took', 'Exposed', 'Dropped', 'First good query after', 'Doubt'];
  return titled('Rolls and faults', markdownTable(heads, rows));
}

function overhead(summary: Summary): string {
  const rows = (summary.overhead?.levels ?? []).map(
    ({ level, difference, gatewayMedianMs, baselineMedianMs }) => [
      LEVEL_WORDS[level].label,
      signedMs(difference?.estimateMs ?? null),
      interval(difference?.lowMs ?? null, difference?.highMs ?? null, 'ms'),
      ms(difference === null ? null : gatewayMedianMs),
      ms(difference === null ? null : baselineMedianMs),
      difference === null ? '' : `${formatCount(difference.pairs)} / ${formatCount(difference.blocks)}`,
    ],
  );
  const heads = ['Level', 'Overhead', '95 % interval', 'Gateway median', 'Baseline median', 'Pairs / blocks'];
  const table = markdownTable(heads, rows);
  return titled('Overhead', table === '' ? '' : `${table}\n\n${MEDIANS_NOTE}${noise(summary)}`);
}

/** What the same comparison shows of two ways that are alike: gates are held against it. */
function noise({ overhead: found }: Summary): string {
  const rows = (found?.noise ?? []).map(({ level, difference }) => [
    LEVEL_WORDS[level].label,
    signedMs(difference?.estimateMs ?? null),
    interval(difference?.lowMs ?? null, difference?.highMs ?? null, 'ms'),
    formatCount(difference?.pairs ?? 0),
  ]);
  if (rows.length === 0) return '';
  const heads = ['Level', 'Difference', '95 % interval', 'Pairs'];
  return `\n\nNoise arm, the baseline against itself (the truth is 0):\n\n${markdownTable(heads, rows)}`;
}

function sums({ info, summary }: ReportInput): string {
  const { total, baselineTotal, noiseTotal } = summary;
  const lines = [sumOf(total.planned, total.counts).text];
  if (baselineTotal.planned > 0)
    lines.push(`Baseline: ${sumOf(baselineTotal.planned, baselineTotal.counts).text}`);
  if (noiseTotal !== undefined) lines.push(`Noise arm: ${sumOf(noiseTotal.planned, noiseTotal.counts).text}`);
  lines.push(...replayedLines({ info, summary }).map((line) => md(`${line}.`)));
  const errors = errorsText(summary);
  if (errors !== '') lines.push(md(`Errors: ${errors}.`));
  return lines.join('  \n');
}

function drops(summary: Summary): string {
  const all = gatewayDrops(summary);
  const shown = all.slice(0, MOST_DROPS);
  const rows = shown.map((drop) => [
    moment(drop.atMs),
    drop.blame,
    OUTCOME_WORDS[drop.outcome].label,
    code(clip(drop.queryId || `no. ${drop.seq}`, 60)),
    md(clip(drop.cluster || drop.group, 60)),
    md(clip(drop.cause, 100)),
  ]);
  const cut = all.length - shown.length;
  const body = markdownTable(['When', 'Blame', 'Outcome', 'Query', 'Where', 'Cause'], rows);
  const rest = cut > 0 ? `\n\n${formatCount(cut)} more in the report.` : '';
  return titled(`Drops: ${blameNote(summary)}`, body === '' ? '' : `${body}${rest}`);
}

function health(summary: Summary): string {
  const rows = summary.validity
    .filter((check) => !check.ok)
    .map((check) => [check.severity, md(check.name), md(check.observed), md(check.limit), md(check.advice)]);
  return titled(
    'The run’s own health',
    markdownTable(['', 'Check', 'Observed', 'Limit', 'What to do'], rows),
  );
}
