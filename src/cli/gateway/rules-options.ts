/** What all commands on rules ask for, and how they print tables. */
import type { Command } from 'commander';
import type { TrialOptions } from '../../../gateway/try-rules.ts';

export interface RuleFlags {
  readonly firstMatch?: boolean;
  /** Commander's `--no-analysis`. */
  readonly analysis: boolean;
  readonly json?: boolean;
}

export function ruleFlags(command: Command): Command {
  return command
    .option('--first-match', 'the first rule that matches decides (routingRules.firstMatch)')
    .option('--no-analysis', 'as a gateway without requestAnalyzerConfig.analyzeRequest')
    .option('--json', 'print as JSON');
}

export function trialOptions({ firstMatch, analysis }: RuleFlags): TrialOptions {
  return { firstMatch: firstMatch === true, analyzeRequest: analysis };
}

/** Rows with their columns in line; the first row is the heading. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A text on one line, cut to a length. */
export function oneLine(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
