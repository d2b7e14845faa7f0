/** A comparison in words: the surroundings first, then what users lost, then times, then statements. */
import { counted, interval, inUnit, ms, signedMs } from '../report/format.ts';
import type { Comparison, Shift, StatementChange } from './compare.ts';
import type { Document, Part } from './document.ts';

/** One document for a base and the runs held against it. */
export function describeComparisons(comparisons: readonly Comparison[]): Document {
  const [first] = comparisons;
  const runs = comparisons.map((c) => c.run.id).join(', ');
  return {
    title: `${runs} against ${first?.base.id ?? ''}`,
    parts: comparisons.flatMap((comparison) => [
      ...(comparisons.length > 1 ? [{ heading: comparison.run.id }] : []),
      ...describe(comparison),
    ]),
  };
}

function describe(comparison: Comparison): readonly Part[] {
  return [
    { text: headline(comparison) },
    ...surroundings(comparison),
    ...figures(comparison),
    ...times(comparison.shifts),
    ...statements(comparison),
  ];
}

/** One line: what a reader has to know. */
export function headline({ shifts, statements, samePlan, advisory }: Comparison): string {
  const slower = shifts.filter((s) => s.change === 'slower');
  const faster = shifts.filter((s) => s.change === 'faster');
  const parts = [
    slower.length > 0 ? `slower at ${slower.map(name).join(', ')}` : '',
    faster.length > 0 ? `faster at ${faster.map(name).join(', ')}` : '',
    slower.length + faster.length === 0 ? 'no difference of times shown' : '',
    statements.some((s) => s.change === 'slower')
      ? `${counted(statements.filter((s) => s.change === 'slower').length, 'statement')} slower`
      : '',
    samePlan ? 'same plan' : 'different plans: the queries were not the same',
    advisory ? 'not made alike, so the times inform and do not judge' : '',
  ];
  return `${parts.filter((part) => part !== '').join('; ')}.`;
}

const name = ({ clock, q }: Shift): string => `${clock} p${Number((q * 100).toFixed(1))}`;

function surroundings({ environment, samePlan }: Comparison): readonly Part[] {
  if (environment.length === 0)
    return [{ text: `Made alike: ${samePlan ? 'plan, ' : ''}versions, machine and clusters are the same.` }];
  const rows = environment.map(({ what, base, run }) => [what, base, run]);
  return [{ heading: 'What differs around them' }, { heads: ['', 'Base', 'Run'], rows }];
}

function figures({ figures: changed }: Comparison): readonly Part[] {
  if (changed.length === 0) return [{ text: 'Drops, errors, routing and stickiness: no change.' }];
  const rows = changed.map(({ figure, unit, base, run }) => [
    ...[figure, inUnit(base, unit), inUnit(run, unit)],
    base === null || run === null ? '' : `${run > base ? '+' : ''}${inUnit(run - base, unit)}`,
  ]);
  return [{ heading: 'Drops, errors, routing' }, { heads: ['Figure', 'Base', 'Run', 'Change'], rows }];
}

function times(shifts: readonly Shift[]): readonly Part[] {
  if (shifts.length === 0) return [{ text: 'Too few finished queries to compare times.' }];
  const rows = shifts.map((shift) => [
    ...[name(shift), ms(shift.baseMs), ms(shift.runMs), signedMs(shift.runMs - shift.baseMs)],
    ...[interval(shift.lowMs, shift.highMs, 'ms'), shift.change],
  ]);
  return [
    { heading: 'Times by quantile' },
    { heads: ['', 'Base', 'Run', 'Shift', '95 % interval', ''], rows },
  ];
}

function statements({ statements: changes, onlyInBase, onlyInRun }: Comparison): readonly Part[] {
  const certain = changes.filter((s) => s.change === 'slower' || s.change === 'faster');
  const lists: Part[] =
    certain.length === 0
      ? [{ text: 'Statements: no change of a single one shown.' }]
      : [
          { heading: 'Most changed statements' },
          {
            heads: ['Fingerprint', 'n', 'Base', 'Run', 'Shift', 'Interval', 'Cost', ''],
            rows: certain.map(row),
          },
        ];
  const alone = onlyInBase + onlyInRun;
  return alone === 0
    ? lists
    : [
        ...lists,
        { text: `Statements in one of the two only: ${onlyInBase} in the base, ${onlyInRun} in the run.` },
      ];
}

function row(change: StatementChange): readonly string[] {
  const { fingerprint, baseN, runN, baseMedianMs, runMedianMs, shiftMs, lowMs, highMs, costMs } = change;
  return [
    ...[fingerprint, `${baseN} / ${runN}`, ms(baseMedianMs), ms(runMedianMs), signedMs(shiftMs)],
    ...[interval(lowMs, highMs, 'ms'), signedMs(costMs), change.change],
  ];
}
