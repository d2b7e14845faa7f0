/** Trends in words: what changed first, then where each figure stands. */
import { formatShare } from '../base/units.ts';
import type { Document, Part } from '../compare/document.ts';
import { inUnit, stamp } from '../report/format.ts';
import type { Trend } from './trend.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Runs drawn. */
const MOST_BARS = 40;

/** The last runs of a series as a row of bars. */
export function sparkline(values: readonly number[]): string {
  const shown = values.slice(-MOST_BARS);
  const low = Math.min(...shown);
  const span = Math.max(...shown) - low;
  return shown
    .map((value) => BARS[span === 0 ? 0 : Math.round(((value - low) / span) * (BARS.length - 1))] ?? '')
    .join('');
}

export function describeTrends(all: readonly Trend[]): Document {
  const changed = all.flatMap((trend) => trend.changes.map((change) => ({ trend, change })));
  const rows = changed.map(({ trend, change }) => [
    ...[trend.name, trend.figure, change.entry.label || change.entry.id, stamp(change.entry.startedAt)],
    ...[inUnit(change.before, trend.unit), inUnit(change.after, trend.unit)],
    change.relative === null ? '' : `${change.relative > 0 ? '+' : ''}${formatShare(change.relative)}`,
    change.p.toFixed(3),
  ]);
  const changes: Part[] =
    rows.length === 0
      ? [{ text: 'No change of level was found.' }]
      : [{ heads: ['Scenario', 'Figure', 'Since', 'When', 'Before', 'After', 'Change', 'By chance'], rows }];
  const runs = Math.max(0, ...all.map((trend) => trend.values.length));
  return {
    title: `Trends over ${runs} runs`,
    parts: [
      { heading: 'Changes' },
      ...changes,
      { heading: 'Series' },
      {
        heads: ['Scenario', 'Figure', 'Runs', 'Latest', 'Least', 'Most', 'The last of them'],
        rows: all.map((t) => [
          ...[t.name, t.figure, String(t.values.length), inUnit(t.values.at(-1) ?? null, t.unit)],
          ...[
            inUnit(Math.min(...t.values), t.unit),
            inUnit(Math.max(...t.values), t.unit),
            sparkline(t.values),
          ],
        ]),
      },
      {
        text: 'A change of level needs at least four runs on either side. It informs; whether it matters is for people to say.',
      },
    ],
  };
}
