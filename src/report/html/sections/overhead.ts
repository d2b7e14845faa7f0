/** What the gateway costs: paired differences with an interval, their spread, and what was left out. */
import { formatCount, formatShare } from '../../../base/units.ts';
import type { Overhead, OverheadLevel, QuantileShift } from '../../../measure/summary/summary.ts';
import { differenceWord, leadingLevel, MEDIANS_NOTE } from '../../facts.ts';
import { DASH, decimal, interval, ms, signedMs } from '../../format.ts';
import { LEVEL_WORDS } from '../../words.ts';
import { differenceChart, quantileName, shiftChart } from '../charts/overhead.ts';
import { figure } from '../charts/spec.ts';
import { type Column, footnote, nothing, type SectionBuilder, sheet, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

/** From here on a trend over time is worth a warning (both must hold). */
const DRIFT = { rho: 0.3, p: 0.01 };

export const overhead: SectionBuilder = ({ info, summary }) => {
  const lead = leadingLevel(summary);
  return {
    id: 'overhead',
    title: differenceWord(info) === 'Overhead' ? 'Overhead of the gateway' : 'Difference between the arms',
    ...(lead?.difference ? { badge: { text: signedMs(lead.difference.estimateMs), tone: 'quiet' } } : {}),
    body:
      summary.overhead === null
        ? nothing(
            'Not measured: the run had no pairs of one query through the gateway and one straight to a cluster.',
          )
        : measured(summary.overhead, info.baseline),
  };
};

function measured(data: Overhead, baseline: string): Html {
  const binned = data.histogram.counts.reduce((sum, n) => sum + n, 0);
  return html`<p class="lead">Each pair sends one statement the way under test and the same one by the baseline (${baseline}), moments apart and in random order, so that the machine’s noise meets both alike. The estimate is the Hodges–Lehmann median of the differences within pairs; its interval comes from the Wilcoxon signed-rank test over blocks of time, because neighbouring queries are not independent.</p>
${levelTable(data)}
${footnote(MEDIANS_NOTE)}
${noiseBlock(data)}
<div class="pair">
${binned > 0 && figure(differenceChart(data), `${formatCount(binned)} pairs.`, histogramTable(data))}
${figure(shiftChart(data), 'One line for each level, shaded where its interval reaches.', shiftTable(data), 'flat', 'Shaded: 95 % intervals, by a bootstrap over blocks. The shift of a quantile is the gateway’s quantile minus the baseline’s; it is not the quantile of the differences. The outer bins of the histogram hold all that lies beyond.')}
</div>
<div class="pair"><div><h3>Pairs</h3>${pairs(data)}</div><div><h3>Diagnostics</h3>${diagnostics(data)}</div></div>`;
}

function levelTable(data: Overhead): Html {
  return table<OverheadLevel>({
    caption: 'Overhead by level',
    columns: [
      {
        head: 'Level',
        cell: (row) =>
          html`${LEVEL_WORDS[row.level].label}<br><span class="muted">${LEVEL_WORDS[row.level].meaning}</span>`,
        wraps: 'long',
      },
      {
        head: 'Difference',
        numeric: true,
        cell: (row) => html`<strong>${signedMs(row.difference?.estimateMs ?? null)}</strong>`,
      },
      {
        head: 'Interval',
        numeric: true,
        cell: (row) => interval(row.difference?.lowMs ?? null, row.difference?.highMs ?? null, 'ms'),
      },
      { head: 'Confidence', numeric: true, cell: (row) => confidence(row) },
      { head: 'Gateway median', numeric: true, cell: (row) => ms(medianOf(row, 'gateway')) },
      { head: 'Baseline median', numeric: true, cell: (row) => ms(medianOf(row, 'baseline')) },
      {
        head: 'Pairs',
        numeric: true,
        cell: (row) => (row.difference === null ? DASH : formatCount(row.difference.pairs)),
      },
      {
        head: 'Blocks',
        numeric: true,
        cell: (row) => (row.difference === null ? DASH : formatCount(row.difference.blocks)),
      },
    ],
    rows: data.levels,
  });
}

type NoiseLevel = NonNullable<Overhead['noise']>[number];

/** What the instrument calls a difference where there is none: the floor below which nothing can be seen. */
function noiseBlock({ noise }: Overhead): Html | null {
  if (!noise || noise.length === 0) return null;
  const rows = table<NoiseLevel>({
    caption: 'The noise arm: two ways that are alike',
    columns: [
      { head: 'Level', cell: (row) => LEVEL_WORDS[row.level].label },
      {
        head: 'Difference',
        numeric: true,
        cell: (row) => signedMs(row.difference?.estimateMs ?? null),
      },
      {
        head: 'Interval',
        numeric: true,
        cell: (row) => interval(row.difference?.lowMs ?? null, row.difference?.highMs ?? null, 'ms'),
      },
      { head: 'Pairs', numeric: true, cell: (row) => formatCount(row.difference?.pairs ?? 0) },
    ],
    rows: noise,
  });
  return html`<h3>Noise floor</h3><p>A second baseline, alike in everything, against the first in the same run: the truth is 0. A gate whose limit is not clear of this interval is invalid, whatever the gateway’s own figure says.</p>${rows}`;
}

/** The whole against the sum of its hops, and the gateway's own word against what was seen from outside. */
function crossChecks({ parts, said }: Overhead): readonly [string, Html][] {
  return [
    ...(parts
      ? [
          [
            'Sum of hops',
            html`${signedMs(parts.expectedMs)} <span class="muted">expected end to end: the submission’s difference, and a poll’s for each poll. Seen: ${signedMs(parts.observedMs)}${parts.slackMs !== null && html`; they may differ by ${ms(parts.slackMs)} through chance alone`}</span>`,
          ] as [string, Html],
        ]
      : []),
    ...(said
      ? [
          [
            'The gateway says',
            html`${ms(said.ownMs)} <span class="muted">of its own per submission, ${ms(said.upstreamMs)} waiting for the cluster; ${ms(said.besideMs)} lie outside both (${formatCount(said.queries)} queries)</span>`,
          ] as [string, Html],
        ]
      : []),
  ];
}

/** Where nothing was compared there is no median, and 0 ms would be one. */
function medianOf({ difference, ...row }: OverheadLevel, arm: 'gateway' | 'baseline'): number | null {
  return difference === null ? null : row[`${arm}MedianMs`];
}

function confidence(row: OverheadLevel): string {
  const value = row.difference?.confidence ?? null;
  return value === null ? DASH : formatShare(value);
}

function pairs(data: Overhead): Html {
  const leftOut = Object.entries(data.pairsLeftOut);
  return sheet([
    ['Planned', formatCount(data.pairsPlanned)],
    ['Used', formatCount(data.pairsUsed)],
    ...leftOut.map(([reason, n]): [string, string] => [`Left out: ${reason}`, formatCount(n)]),
  ]);
}

function diagnostics(data: Overhead): Html {
  const { orderEffectMs, drift } = data;
  const drifting = drift !== null && Math.abs(drift.rho) > DRIFT.rho && drift.p < DRIFT.p;
  return html`${sheet([
    [
      'Order effect',
      html`${signedMs(orderEffectMs)} <span class="muted">gateway-first pairs minus baseline-first pairs</span>`,
    ],
    [
      'Drift',
      drift === null
        ? DASH
        : html`ρ = ${decimal(drift.rho)}, p ${drift.p < 0.001 ? '< 0.001' : `= ${decimal(drift.p)}`} <span class="muted">rank correlation of the difference with time</span>`,
    ],
    ...crossChecks(data),
  ])}${drifting && html`<p class="doubt">The difference changes along the run: one figure does not describe it well.</p>`}`;
}

function shiftTable(data: Overhead): Html {
  const quantiles = [...new Set(data.levels.flatMap((level) => level.shift.map((s) => s.q)))].sort(
    (a, b) => a - b,
  );
  const columns = quantiles.map(
    (q): Column<OverheadLevel> => ({
      head: quantileName(q),
      numeric: true,
      cell: (row) => shiftCell(row.shift.find((s) => s.q === q)),
    }),
  );
  const level: Column<OverheadLevel> = { head: 'Level', cell: (row) => LEVEL_WORDS[row.level].label };
  return html`${table({ caption: 'Shift by quantile', columns: [level, ...columns], rows: data.levels })}${footnote(`${DASH} stands where the sample cannot support the quantile.`)}`;
}

function shiftCell(shift: QuantileShift | undefined): Html {
  const { lowMs, highMs, ms: value = null } = shift ?? {};
  if (lowMs === undefined || highMs === undefined) return html`${signedMs(value)}`;
  return html`${signedMs(value)}<br><span class="muted small">${interval(lowMs, highMs, 'ms')}</span>`;
}

function histogramTable({ histogram }: Overhead): Html {
  return table({
    caption: 'Differences by bin',
    columns: [
      { head: 'From', numeric: true, cell: (row: { edge: number; n: number }) => ms(row.edge) },
      { head: 'Pairs', numeric: true, cell: (row) => formatCount(row.n) },
    ],
    rows: histogram.edgesMs.map((edge, i) => ({ edge, n: histogram.counts[i] ?? 0 })),
  });
}
