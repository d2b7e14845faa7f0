/** Trends in words: how many runs and what they were judged as, what changed, then where each figure stands. */
import { isDeepStrictEqual } from 'node:util';
import { formatPoints, formatShare } from '../base/units.ts';
import type { Document, Grid, Part } from '../compare/document.ts';
import { counted, inUnit, stamp } from '../report/format.ts';
import type { ChartSpec } from '../report/html/charts/spec.ts';
import { RESULTS } from '../report/words.ts';
import type { HistoryEntry } from './history.ts';
import type { Trend, TrendChange } from './trend.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Runs drawn. */
const MOST_BARS = 40;
/** A line through fewer runs than this shows no trend. */
const FEWEST_RUNS = 3;
/** Runs named in a line. */
const MOST_NAMED = 5;
const NEEDED =
  'A change of level needs at least four runs on either side. It informs; whether it matters is for people to say.';

/** The last runs of a series as a row of bars. */
export function sparkline(values: readonly number[]): string {
  const shown = values.slice(-MOST_BARS);
  const low = Math.min(...shown);
  const span = Math.max(...shown) - low;
  return shown
    .map((value) => BARS[span === 0 ? 0 : Math.round(((value - low) / span) * (BARS.length - 1))] ?? '')
    .join('');
}

/** `runs` are all that were read, `left` those of them that no series has, since they are invalid; `passedOver` are lines on what could not be read. */
export function describeTrends(
  all: readonly Trend[],
  runs: readonly HistoryEntry[],
  left: readonly HistoryEntry[] = [],
  passedOver: readonly string[] = [],
): Document {
  const scenarios = new Set(runs.map((run) => run.name)).size;
  return {
    title: `Trends over ${counted(runs.length, 'run')} of ${counted(scenarios, 'scenario')} (${verdictsOf(runs)})`,
    tone: runs.some((run) => run.verdict === 'invalid') ? 'invalid' : 'quiet',
    lead: leadOf(all),
    facts: [],
    parts: [
      { text: NEEDED },
      ...doubts(runs, left),
      ...passedOver.map((text): Part => ({ text: `${text}.`, doubt: true })),
      ...otherwiseMade(runs),
      ...changeParts(all),
      ...[...Map.groupBy(all, headingOf)].flatMap(([heading, group]) => seriesParts(heading, group)),
    ],
  };
}

function leadOf(all: readonly Trend[]): string {
  if (all.length === 0) return 'No run is left that has these figures, so nothing is said of them.';
  const changes = all.reduce((sum, trend) => sum + trend.changes.length, 0);
  return changes === 0 ? 'No change of level was found.' : `${counted(changes, 'change')} of level found.`;
}

/** `3 passed, 1 invalid`. */
function verdictsOf(runs: readonly HistoryEntry[]): string {
  const words = runs.map(({ verdict }) =>
    verdict === undefined ? 'with no verdict kept' : RESULTS[verdict].label.toLowerCase(),
  );
  const counts = [...Map.groupBy(words, (word) => word)].map(([word, some]) => `${some.length} ${word}`);
  return counts.join(', ') || 'none';
}

/** Runs whose instrument was not fit: kept out of all series, or among them by wish. */
function doubts(runs: readonly HistoryEntry[], left: readonly HistoryEntry[]): readonly Part[] {
  const invalid = runs.filter((run) => run.verdict === 'invalid');
  if (invalid.length === 0) return [];
  const named = invalid.slice(0, MOST_NAMED).map((run) => run.id);
  const more = invalid.length > MOST_NAMED ? ` and ${invalid.length - MOST_NAMED} more` : '';
  const said =
    left.length > 0
      ? 'Invalid runs are in no series, since their instrument was not fit (--invalid takes them in)'
      : 'The series hold invalid runs, whose instrument was not fit';
  return [{ text: `${said}: ${named.join(', ')}${more}.`, doubt: true }];
}

/** Runs from which on another plan was sent, or other routing rules held: a change of level there may be theirs. */
function otherwiseMade(runs: readonly HistoryEntry[]): readonly Part[] {
  const turns = [...Map.groupBy(runs, ({ name }) => name).values()].flatMap((entries) =>
    entries.slice(1).flatMap((entry, i) => {
      const before = entries[i] ?? entry;
      const what = [
        ...(entry.planSha256 === before.planSha256 ? [] : ['plan']),
        ...(haveOtherRules(before, entry) ? ['routing rules'] : []),
      ];
      return what.length === 0 ? [] : [`${entry.label || entry.id} (${what.join(', ')})`];
    }),
  );
  if (turns.length === 0) return [];
  const more = turns.length > MOST_NAMED ? ` and ${turns.length - MOST_NAMED} more` : '';
  return [
    {
      text: `Not made as the run before it: ${turns.slice(-MOST_NAMED).join(', ')}${more}.`,
      doubt: true,
    },
  ];
}

/** Lines that were written before they told their rules say nothing of them. */
const haveOtherRules = ({ rules: before }: HistoryEntry, { rules: now }: HistoryEntry): boolean =>
  before !== undefined && now !== undefined && !isDeepStrictEqual(before, now);

const headingOf = (trend: Trend): string => `${trend.name} on ${trend.machine}`;

function changeParts(all: readonly Trend[]): readonly Part[] {
  const rows = all.flatMap((trend) => trend.changes.map((change) => changeRow(trend, change)));
  if (rows.length === 0) return [];
  const right = (text: string) => ({ text, numeric: true });
  const heads = [
    'Scenario',
    'Figure',
    'Since',
    'When',
    ...['Before', 'After', 'Change', 'By chance'].map(right),
  ];
  return [{ heading: 'Changes' }, { heads, rows }];
}

function changeRow(trend: Trend, change: TrendChange): readonly string[] {
  const { name, figure, unit } = trend;
  return [
    ...[name, figure, change.entry.label || change.entry.id, stamp(change.entry.startedAt)],
    ...[
      inUnit(change.before, unit),
      inUnit(change.after, unit),
      changeText(unit, change),
      change.p.toFixed(3),
    ],
  ];
}

function changeText(unit: string, { before, after, relative }: TrendChange): string {
  const sign = after > before ? '+' : '';
  if (unit === 'ratio') return `${sign}${formatPoints(after - before)}`;
  return relative === null ? '' : `${sign}${formatShare(relative)}`;
}

function seriesParts(heading: string, group: readonly Trend[]): readonly Part[] {
  const right = (text: string) => ({ text, numeric: true });
  const drawn = group.filter((trend) => trend.values.length >= FEWEST_RUNS);
  return [
    { heading },
    {
      heads: ['Figure', ...['Runs', 'Latest', 'Least', 'Most'].map(right), 'The last of them'],
      rows: group.map((t) => [
        ...[t.figure, String(t.values.length), inUnit(t.values.at(-1) ?? null, t.unit)],
        ...[
          inUnit(Math.min(...t.values), t.unit),
          inUnit(Math.max(...t.values), t.unit),
          sparkline(t.values),
        ],
      ]),
    },
    ...(drawn.length === 0
      ? []
      : [{ charts: drawn.map((trend) => chartOf(heading, trend)), data: runGrid(drawn) }]),
  ];
}

/** All values, run by run. */
function runGrid(drawn: readonly Trend[]): Grid {
  const entries = [...new Map(drawn.flatMap((t) => t.entries).map((entry) => [entry.id, entry])).values()];
  return {
    heads: ['Run', 'Verdict', ...drawn.map((t) => ({ text: t.figure, numeric: true }))],
    rows: entries.map((entry) => [
      entry.label || entry.id,
      entry.verdict === undefined ? '' : { text: RESULTS[entry.verdict].label, tone: entry.verdict },
      ...drawn.map((t) => inUnit(entry.figures[t.figure] ?? null, t.unit)),
    ]),
  };
}

function chartOf(heading: string, { figure, unit, values, changes }: Trend): ChartSpec {
  const scale = unit === 'ratio' ? 100 : 1;
  const step = Math.ceil(values.length / 10);
  return {
    id: `${heading} ${figure}`.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase(),
    title: figure,
    x: {
      ...{ title: 'run, oldest first', format: 'count', min: 1, max: Math.max(2, values.length) },
      ticks: Array.from({ length: Math.ceil(values.length / step) }, (_, i) => [
        1 + i * step,
        `${1 + i * step}`,
      ]),
    },
    y: {
      title: unit === 'ms' ? 'milliseconds' : unit === 'ratio' ? 'per cent' : unit,
      format: unit === 'ms' ? 'ms' : 'count',
      ...(Math.min(...values) < 0 ? {} : { min: 0 }),
    },
    series: [
      {
        name: figure,
        colour: 'first',
        shape: 'line',
        points: values.map((value, i) => [i + 1, value * scale]),
      },
    ],
    marks: changes.map(({ index, entry }) => ({
      at: index + 1,
      label: entry.label || entry.id,
      colour: 'second',
    })),
  };
}
