/** A comparison in words: whether it may be believed, what differs around the runs, what users lost, times, statements. */
import { formatCount, formatPoints } from '../base/units.ts';
import type { Fact } from '../report/facts.ts';
import { counted, interval, inUnit, ms, signedMs } from '../report/format.ts';
import type { Tone } from '../report/words.ts';
import type { Change, Compared, Comparison, FigureChange, Shift, StatementChange } from './compare.ts';
import { AREAS, type Area, type Difference } from './differences.ts';
import type { Cell, Document, Part } from './document.ts';
import { standingWord } from './standing.ts';

/** One document for a base and the runs held against it. The first line holds the verdicts of all of them. */
export function describeComparisons(comparisons: readonly Comparison[]): Document {
  const [first] = comparisons;
  const titled = (run: Compared) => `${run.id} (${standingWord(run)})`;
  const several = comparisons.length > 1;
  return {
    title: `${comparisons.map(({ run }) => titled(run)).join(', ')} against ${first ? titled(first.base) : ''}`,
    tone: toneOf(comparisons),
    lead: several || first === undefined ? '' : headline(first),
    facts:
      first === undefined
        ? []
        : [factOf('Base', first.base), ...comparisons.map((c) => factOf('Run', c.run))],
    parts: comparisons.flatMap((comparison) => {
      if (!several) return describe(comparison, 2);
      return [{ heading: comparison.run.id }, { text: headline(comparison) }, ...describe(comparison, 3)];
    }),
  };
}

function toneOf(comparisons: readonly Comparison[]): Tone {
  const runs = comparisons.flatMap(({ base, run }) => [base, run]);
  if (runs.some(({ verdict }) => verdict?.result === 'invalid')) return 'invalid';
  return comparisons.some(({ advisory }) => advisory) ? 'inconclusive' : 'quiet';
}

function factOf(label: string, run: Compared): Fact {
  const note = `${formatCount(run.finished)} of ${formatCount(run.planned)} finished; ${run.id}`;
  const value = standingWord(run);
  return {
    label,
    value: `${value.charAt(0).toUpperCase()}${value.slice(1)}`,
    note,
    tone: run.verdict?.result ?? 'quiet',
  };
}

function describe(comparison: Comparison, level: 2 | 3): readonly Part[] {
  const { advisoryBecause, caveats } = comparison;
  const heading = (text: string): Part => ({ heading: text, level });
  return [
    ...advisoryBecause.map((text): Part => ({ text: `Informs, does not judge: ${text}.`, doubt: true })),
    ...caveats.map((text): Part => ({ text: sentence(text), doubt: true })),
    ...[heading('What differs around them'), ...surroundings(comparison)],
    ...[heading('Drops, errors, routing'), ...figures(comparison)],
    ...[heading('Times by quantile'), ...times(comparison)],
    ...[heading('Statements'), ...statements(comparison)],
  ];
}

/** One line: what a reader has to know. */
export function headline({ base, run, shifts, statements, samePlan, advisory }: Comparison): string {
  const slower = shifts.filter((s) => s.change === 'slower');
  const faster = shifts.filter((s) => s.change === 'faster');
  const invalid = [base, run].filter(({ verdict }) => verdict?.result === 'invalid').length;
  const doubt = ['not made alike', 'one of the two is invalid', 'both runs are invalid'][invalid] ?? '';
  const parts = [
    advisory ? `${doubt}, so the times inform and do not judge` : '',
    slower.length > 0 ? `slower at ${slower.map(name).join(', ')}` : '',
    faster.length > 0 ? `faster at ${faster.map(name).join(', ')}` : '',
    slower.length + faster.length === 0 ? 'no difference of times shown' : '',
    statements.some((s) => s.change === 'slower')
      ? `${counted(statements.filter((s) => s.change === 'slower').length, 'statement')} slower`
      : '',
    samePlan ? 'same plan' : 'different plans: the queries were not the same',
  ];
  return sentence(parts.filter((part) => part !== '').join('; '));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const name = ({ clock, q }: Shift): string => `${clock} p${Number((q * 100).toFixed(1))}`;

/** Differences listed; --json has all. */
const MOST_DIFFERENCES = 20;
const ALIKE = 'Made alike: plan, configuration, versions, machine and clusters are the same.';

function surroundings({ differences }: Comparison): readonly Part[] {
  if (differences.length === 0) return [{ text: ALIKE }];
  const listed = fromEveryArea(differences);
  const rows = listed.map(({ area, what, base, run, bearsOnTimes }) => [
    ...[{ text: what, code: true }, AREAS[area], base, run, bearsOnTimes ? 'yes' : 'no'],
  ]);
  const more = differences.length - listed.length;
  const wide = (text: string) => ({ text, long: true });
  return [
    { heads: ['What', 'Where', wide('Base'), wide('Run'), 'Bears on times'], rows },
    ...(more > 0 ? [{ text: `… and ${counted(more, 'more difference')}; --json lists all.` }] : []),
  ];
}

/** The first of each area in turn, so that a long list of one hides no other; told area by area. */
function fromEveryArea(differences: readonly Difference[]): readonly Difference[] {
  const areas = Object.keys(AREAS) as Area[];
  const ofArea = areas.map((area) => differences.filter((d) => d.area === area));
  const inTurn = differences
    .flatMap((_, i) => ofArea.flatMap((some) => some[i] ?? []))
    .slice(0, MOST_DIFFERENCES);
  return areas.flatMap((area) => inTurn.filter((d) => d.area === area));
}

const right = (...texts: readonly string[]) => texts.map((text) => ({ text, numeric: true }));

function figures({ figures: changed }: Comparison): readonly Part[] {
  if (changed.length === 0) return [{ text: 'Drops, errors, routing and stickiness: no change.' }];
  const rows = changed.map((change) => [
    ...[change.figure, inUnit(change.base, change.unit), inUnit(change.run, change.unit), changeText(change)],
  ]);
  return [{ heads: ['Figure', ...right('Base', 'Run', 'Change')], rows }];
}

function changeText({ unit, base, run }: FigureChange): string {
  if (base === null || run === null) return '';
  const sign = run > base ? '+' : '';
  return `${sign}${unit === 'ratio' ? formatPoints(run - base) : inUnit(run - base, unit)}`;
}

const CHANGE_TONES: Readonly<Record<Change, Tone>> = {
  slower: 'fail',
  faster: 'pass',
  'no difference shown': 'quiet',
  'not estimable': 'quiet',
};

const changeCell = (change: Change): Cell => ({ text: change, tone: CHANGE_TONES[change] });

function times({ shifts, base, run }: Comparison): readonly Part[] {
  if (shifts.length === 0) return [{ text: 'Too few finished queries to compare times.' }];
  const rows = shifts.map((shift) => [
    ...[name(shift), ms(shift.baseMs), ms(shift.runMs), signedMs(shift.runMs - shift.baseMs)],
    ...[interval(shift.lowMs, shift.highMs, 'ms'), changeCell(shift.change)],
  ]);
  const finished = (of: Compared) => `${formatCount(of.finished)} of ${formatCount(of.planned)}`;
  return [
    {
      text: `Times are those of finished queries only: ${finished(base)} in the base, ${finished(run)} in the run; warm-up and cool-down are left out.`,
    },
    { heads: ['Quantile', ...right('Base', 'Run', 'Shift', '95 % interval'), 'Change'], rows },
  ];
}

function statements({ statements: changes, onlyInBase, onlyInRun }: Comparison): readonly Part[] {
  const certain = changes.filter((s) => s.change === 'slower' || s.change === 'faster');
  const lists: Part[] =
    certain.length === 0
      ? [{ text: 'Statements: no change of a single one shown.' }]
      : [
          {
            heads: [
              { text: 'Statement', long: true },
              ...right('n', 'Base', 'Run', 'Shift', 'Interval', 'Cost'),
              'Change',
            ],
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

function row(change: StatementChange): readonly (string | Cell)[] {
  const { fingerprint, text, baseN, runN, baseMedianMs, runMedianMs, shiftMs, lowMs, highMs, costMs } =
    change;
  const statement = text === '' ? { text: fingerprint } : { text, note: fingerprint };
  return [
    ...[
      { ...statement, code: true },
      `${baseN} / ${runN}`,
      ms(baseMedianMs),
      ms(runMedianMs),
      signedMs(shiftMs),
    ],
    ...[interval(lowMs, highMs, 'ms'), signedMs(costMs), changeCell(change.change)],
  ];
}
