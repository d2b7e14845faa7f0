/** The verdict for a terminal: what was decided, why, and where to read on. */
import { join } from 'node:path';
import { formatCount } from '../base/units.ts';
import type { GateResult } from '../gates/verdict.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { DropRow, Summary } from '../measure/summary/summary.ts';
import {
  actionVerdict,
  blameNote,
  clientNote,
  differenceWord,
  gatewayDrops,
  heldUpText,
  lossesAllTheSame,
  outsideText,
  SIMULATED_NOTE,
  savedText,
  sumOf,
  unsentText,
} from './facts.ts';
import { counted, interval, inUnit, moment, ms, signedMs } from './format.ts';
import type { ReportInput } from './input.ts';
import { clusterSideText, fatesText } from './ledger-text.ts';
import { clip, oneLine } from './plain.ts';
import { errorsText, replayedLines } from './replayed.ts';
import { LEVEL_WORDS, OUTCOME_WORDS, RESULTS, type Tone } from './words.ts';

export interface TextInput extends Pick<ReportInput, 'info' | 'summary' | 'verdict'> {
  /** The run folder; its index.html is named in the last line. */
  readonly dir: string;
  /** Whether the reader's terminal shows colours. */
  readonly colour: boolean;
  /** How wide the reader's terminal is; without one lines are as long as what they say. */
  readonly columns?: number | undefined;
}

/** Drops worth a line each; the report lists the others. */
const MOST_DROPS = 5;

const SGR: Readonly<Record<Tone | 'bold', number>> = {
  pass: 32,
  fail: 31,
  inconclusive: 33,
  invalid: 35,
  quiet: 2,
  bold: 1,
};

type Paint = (style: Tone | 'bold', text: string) => string;

/** Several lines without a final newline. */
export function renderText(input: TextInput): string {
  const { info, summary, verdict, dir, colour, columns: width } = input;
  const paint: Paint = (style, text) => (colour ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text);
  const word = RESULTS[verdict.result].label.toUpperCase();
  const losses = lossesAllTheSame(input);
  const parts = [
    [
      `${paint(verdict.result, word)}  ${paint('bold', oneLine(info.name))}`,
      ...(losses === '' ? [] : [paint('fail', losses)]),
      oneLine(verdict.reason),
    ],
    info.interrupted ? ['Interrupted: what follows is the record so far.'] : [],
    block('Gates', gateLines(verdict.gates, paint, width), paint),
    block('Queries', queryLines(info, summary), paint),
    block('Rolls and faults', actionLines(summary, paint, width), paint),
    block('Drops', dropLines(gatewayDrops(summary), summary, paint), paint),
    block('Ledger', [fatesText(summary.ledger), clusterSideText(summary.ledger)], paint),
    block('The run itself', healthLines(summary, paint), paint),
    info.simulated ? [paint('quiet', SIMULATED_NOTE)] : [],
    clientNote(info) === '' ? [] : [paint('quiet', clientNote(info))],
    [`Report: ${oneLine(join(dir, 'index.html'))}`],
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function block(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : [paint('bold', title), ...lines.map((line) => `  ${line}`)];
}

/** Cells brought under each other; the last of a row keeps its length. Colours go on after the widths are known. */
export function columns(rows: readonly (readonly string[])[]): string[][] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
  }
  return rows.map((row) =>
    row.map((cell, i) =>
      i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - [...cell].length),
    ),
  );
}

/** Reasons stand behind their row, or, where the terminal is too narrow for that, below it; they are never cut. */
function withReason(row: string, shownLength: number, reason: string, width: number | undefined): string[] {
  if (reason === '') return [row];
  if (width === undefined || shownLength + reason.length + 4 < width) return [`${row}  ${reason}`];
  return [row.trimEnd(), ...folded(reason, width - 8).map((line) => `    ${line}`)];
}

/** Lines of at most so many characters, broken between words. */
function folded(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function gateLines(gates: readonly GateResult[], paint: Paint, width: number | undefined): string[] {
  const rows = gates.map((gate) => {
    const range =
      gate.low === null || gate.high === null ? '' : ` (${interval(gate.low, gate.high, gate.unit)})`;
    return [
      RESULTS[gate.result].label.toLowerCase(),
      oneLine(gate.expression),
      `${inUnit(gate.observed, gate.unit)}${range}`,
      `n ${formatCount(gate.n)}`,
      '',
    ];
  });
  return columns(rows).flatMap(([word = '', ...rest], i) => {
    const figures = rest.slice(0, -1).join('  ');
    const row = `${paint(gates[i]?.result ?? 'quiet', word)}  ${figures}`;
    return withReason(row, word.length + 2 + figures.length, oneLine(gates[i]?.reason ?? ''), width);
  });
}

function queryLines(info: RunInfo, summary: Summary): string[] {
  const { total, baselineTotal, noiseTotal, overhead } = summary;
  const lines = [sumOf(total.planned, total.counts).text];
  lines.push(...replayedLines({ info, summary }).map(oneLine));
  const unsent = unsentText(info);
  if (unsent !== '') lines.push(unsent);
  const errors = errorsText(summary);
  if (errors !== '') lines.push(`errors: ${errors}`);
  const held = heldUpText(summary);
  if (held !== '') lines.push(held);
  const outside = outsideText(summary);
  if (outside !== '') lines.push(outside);
  if (baselineTotal.planned > 0)
    lines.push(`baseline: ${sumOf(baselineTotal.planned, baselineTotal.counts).text}`);
  if (noiseTotal !== undefined) lines.push(`noise arm: ${sumOf(noiseTotal.planned, noiseTotal.counts).text}`);
  for (const { level, difference } of overhead?.levels ?? []) {
    if (difference === null) continue;
    const { lowMs, highMs } = difference;
    const range =
      lowMs === null || highMs === null ? 'interval not estimable' : interval(lowMs, highMs, 'ms');
    const pairs = `${counted(difference.pairs, 'pair')} in ${counted(difference.blocks, 'block')}`;
    const name = LEVEL_WORDS[level].label.toLowerCase();
    lines.push(
      `${differenceWord(info).toLowerCase()}, ${name}: ${signedMs(difference.estimateMs)} (${range}; ${pairs})`,
    );
  }
  lines.push(...instrumentLines(summary));
  return lines;
}

/** What the instrument shows where there is nothing, and what the gateway says of itself. */
function instrumentLines({ overhead }: Summary): string[] {
  const lines: string[] = [];
  for (const { level, difference } of overhead?.noise ?? []) {
    if (difference === null || difference.lowMs === null) continue;
    const range = interval(difference.lowMs, difference.highMs, 'ms');
    const name = LEVEL_WORDS[level].label.toLowerCase();
    lines.push(
      `noise arm, ${name}: ${signedMs(difference.estimateMs)} (${range}), where there is no difference`,
    );
  }
  const said = overhead?.said;
  if (said)
    lines.push(
      `the gateway’s own word on its submissions: ${ms(said.ownMs)} its own, ${ms(said.upstreamMs)} waiting for clusters, ${ms(said.besideMs)} between`,
    );
  return lines;
}

function actionLines(summary: Summary, paint: Paint, width: number | undefined): string[] {
  const rows = summary.actions.map((action) => [
    `${action.action + 1} ${clip(action.title, 60)}`,
    actionVerdict(action).text,
    `${action.openAtSwitch === null ? '' : `${formatCount(action.openAtSwitch)} in flight at switch-over, `}${formatCount(action.exposed)} exposed, ${formatCount(action.drops)} dropped${savedText(action)}`,
    '',
  ]);
  return columns(rows).flatMap(([title = '', verdict = '', told = ''], i) => {
    const action = summary.actions[i];
    if (action === undefined) return [];
    const row = `${title}  ${paint(actionVerdict(action).tone, verdict)}  ${told}`;
    const shownLength = title.length + verdict.length + told.length + 4;
    const shares = action.steps.filter((step) => step.type === 'roll-share');
    return [
      ...withReason(row, shownLength, oneLine(action.doubt), width).map((line) => line.trimEnd()),
      ...shares.map((step) => `    ${moment(step.atMs)}  ${oneLine(step.text)}`),
    ];
  });
}

function dropLines(drops: readonly DropRow[], summary: Summary, paint: Paint): string[] {
  if (drops.length === 0) return [];
  // What could have been avoided comes first: it is what somebody has to mend.
  const ordered = [
    ...drops.filter((d) => d.blame === 'avoidable'),
    ...drops.filter((d) => d.blame !== 'avoidable'),
  ];
  const rows = ordered
    .slice(0, MOST_DROPS)
    .map((drop) => [
      moment(drop.atMs),
      drop.blame,
      OUTCOME_WORDS[drop.outcome].label,
      clip(drop.queryId || `no. ${drop.seq}`, 40),
      clip(`${drop.cluster || drop.group}: ${drop.cause}`, 80),
    ]);
  const more = drops.length - MOST_DROPS;
  return [
    blameNote(summary),
    ...columns(rows).map((row) => row.join('  ')),
    ...(more > 0 ? [paint('quiet', `and ${formatCount(more)} more in the report`)] : []),
  ];
}

function healthLines(summary: Summary, paint: Paint): string[] {
  return summary.validity
    .filter((check) => !check.ok)
    .map((check) => {
      const tone = check.severity === 'invalid' ? 'invalid' : 'inconclusive';
      const word = check.severity === 'invalid' ? 'breach' : 'warning';
      const what = oneLine(`${check.name}: ${check.observed}, limit ${check.limit}. ${check.advice}`);
      return `${paint(tone, word)}  ${what}`;
    });
}
