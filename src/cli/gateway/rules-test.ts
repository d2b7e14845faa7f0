/** `rehearse rules test`: which group each described request goes to, against what was expected. */
import { Command } from 'commander';
import {
  createTrialBench,
  type RuleCase,
  type RuleExplanation,
  type RuleTrial,
  readCases,
} from '../../../gateway/try-rules.ts';
import { EXIT } from '../../base/errors.ts';
import type { CliContext } from '../context.ts';
import { columns, oneLine, type RuleFlags, ruleFlags, trialOptions } from './rules-options.ts';

/** One line of the answer; `--json` prints an array of these. */
interface CaseResult {
  readonly index: number;
  readonly name?: string;
  readonly group: string | null;
  readonly expected: string | null;
  readonly ok: boolean;
  /** Which rules were skipped and why; null when none was. */
  readonly error: string | null;
  /** Of a case that says whether a rule has to be skipped. */
  readonly expectError?: boolean;
}

export function rulesTestCommand(context: CliContext): Command {
  const command = new Command('test')
    .description('check which group each described request goes to; exit 4 on a mismatch')
    .requiredOption('--rules <file>', 'rules file')
    .requiredOption('--cases <file>', 'cases: JSON or YAML')
    .addHelpText(
      'after',
      '\nA case: {"request": {"method": "POST", "path": "/v1/statement", "headers": {"X-Trino-Source": "superset"},\n' +
        '         "body": "SELECT 1", "user": "ann"}, "expectGroup": "bi"}\n' +
        'expectGroup null: no rule names a group. Everything in "request" may be left out.\n' +
        'expectError true or false: whether a rule has to be skipped because it fails.\n' +
        '\nExample:\n  rehearse rules test --rules rules.yaml --cases cases.json',
    );
  return ruleFlags(command).action(async (flags: RuleFlags & { rules: string; cases: string }) => {
    const bench = createTrialBench();
    try {
      const trial = bench.load(flags.rules, trialOptions(flags));
      const cases = readCases(flags.cases);
      const results: CaseResult[] = [];
      for (const [index, one] of cases.entries()) results.push(await runCase(trial, one, index));
      const failed = results.filter(({ ok }) => !ok).length;
      context.out(flags.json === true ? JSON.stringify(results, null, 2) : tableOf(results, cases));
      if (flags.json !== true)
        context.out(`${results.length - failed} of ${results.length} cases as expected`);
      context.exit = failed === 0 ? EXIT.ok : EXIT.gateFailed;
    } finally {
      await bench.close();
    }
  });
}

async function runCase(trial: RuleTrial, one: RuleCase, index: number): Promise<CaseResult> {
  const explained = await trial.explain(one.request);
  const group = explained.group ?? null;
  const error = faultsOf(explained);
  const expected = one.expectGroup;
  const asExpected = one.expectError === undefined || one.expectError === (error !== null);
  const ok = group === expected && asExpected;
  const name = one.name === undefined ? {} : { name: one.name };
  const wanted = one.expectError === undefined ? {} : { expectError: one.expectError };
  return { index, ...name, group, expected, ok, error, ...wanted };
}

function faultsOf({ rules }: RuleExplanation): string | null {
  const faults = rules.flatMap(({ name, fault }) =>
    fault === undefined ? [] : [`rule "${name}": ${fault}`],
  );
  return faults.length === 0 ? null : faults.join('; ');
}

function tableOf(results: readonly CaseResult[], cases: readonly RuleCase[]): string {
  const rows = results.map((result) => {
    const { index, name, group, expected, ok } = result;
    const { method = '', path = '', user, body = '' } = cases[index]?.request ?? {};
    const what =
      name ?? [method, path, user, body].filter((part) => part !== undefined && part !== '').join(' ');
    return [
      String(index),
      ok ? 'ok' : 'FAILED',
      group ?? '-',
      expected ?? '-',
      oneLine(what, 60),
      skippedText(result),
    ];
  });
  return columns([['case', '', 'group', 'expected', 'request', 'skipped rules'], ...rows]);
}

/** What was skipped, and whether that is what the case wants. */
function skippedText({ error, expectError }: CaseResult): string {
  if (error === null) return expectError === true ? 'none, but one was expected to fail' : '';
  return expectError === false ? `none was expected to fail, but ${error}` : error;
}
