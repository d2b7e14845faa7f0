/** Latency by percentile: gateway against baseline, response against service, then by what the queries are. */
import { formatCount } from '../../../base/units.ts';
import type { LatencyQuantile, LatencyRow, Summary } from '../../../measure/summary/summary.ts';
import { differenceWord, leadingLevel, outsideText } from '../../facts.ts';
import { DASH, interval, ms, signedMs } from '../../format.ts';
import type { ReportInput } from '../../input.ts';
import { LEVEL_WORDS } from '../../words.ts';
import { percentileChart, QUANTILES } from '../charts/percentiles.ts';
import { figure } from '../charts/spec.ts';
import { type Column, details, footnote, nothing, type SectionBuilder, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

const DIMENSIONS = [
  { by: 'group', title: 'By routing group' },
  { by: 'source', title: 'By source' },
  { by: 'phase', title: 'By phase' },
  { by: 'kind', title: 'By statement kind' },
] as const;

export const latency: SectionBuilder = (input) => {
  const { summary } = input;
  const rows = summary.latency.filter((row) => row.arm === 'gateway' || row.by === 'pairs');
  const all = rows.filter((row) => row.by === 'all');
  const chart = percentileChart(rows, 'all');
  return {
    id: 'latency',
    title: 'Latency',
    body:
      rows.length === 0
        ? nothing(
            `No query ${summary.total.counts.finished === 0 ? '' : 'that is timed '}finished, so there is no latency to show.${outsideNote(summary)}`,
          )
        : html`<h3>Through the gateway</h3>${latencyTable('Latency of all finished queries of the gateway arm', all, false)}
${footnote(`Of finished queries. Response time counts from the intended start, service time from the actual send. ${DASH} stands where fewer than ten queries lie above the percentile: it would be an accident, not a figure. ≥ stands where queries cut off at their deadline reach into the percentile. Small print: 95\u00a0% bounds.${outsideNote(summary)}`)}
${chart && figure(chart, 'One line for each clock, over an axis of nines.', latencyTable('Latency by percentile, gateway arm', all, false))}
${sideBySide(
  input,
  rows.filter((row) => row.by === 'pairs'),
)}
${DIMENSIONS.map(({ by, title }) =>
  dimension(
    title,
    rows.filter((row) => row.by === by),
    by === 'group',
  ),
)}`,
  };
};

/** The arms hold the same statements here, and only here: all other queries went through the gateway alone. */
function sideBySide({ info, summary }: ReportInput, rows: readonly LatencyRow[]): Html | null {
  if (rows.length === 0) return null;
  const service = rows.filter((row) => row.clock === 'service');
  const chart = percentileChart(rows, 'pairs');
  const lead = leadingLevel(summary);
  const estimate =
    lead?.difference &&
    ` (${LEVEL_WORDS[lead.level].label.toLowerCase()}: ${signedMs(lead.difference.estimateMs)}, ${interval(lead.difference.lowMs, lead.difference.highMs, 'ms')})`;
  const word = differenceWord(info) === 'Overhead' ? 'What the gateway costs' : 'How far the arms differ';
  return html`<h3>Beside the baseline</h3>
<p>The members of the pairs that were compared: the same statements in each arm. ${word} is the <a href="#overhead">difference within pairs</a>${estimate}, not the distance of these lines.</p>
${latencyTable('Service time of the compared pairs, by arm', service, false)}
${chart && figure(chart, 'One line for each arm, over an axis of nines.', latencyTable('Latency by percentile, compared pairs', service, false))}`;
}

const outsideNote = (summary: Summary): string => {
  const text = outsideText(summary);
  return text === '' ? '' : ` ${text}.`;
};

function dimension(title: string, rows: readonly LatencyRow[], open: boolean): Html | null {
  if (rows.length === 0) return null;
  const values = new Set(rows.map((row) => row.value)).size;
  return details(
    `${title} (${formatCount(values)})`,
    latencyTable(`Latency ${title.toLowerCase()}`, rows, true),
    open,
  );
}

function latencyTable(caption: string, rows: readonly LatencyRow[], named: boolean): Html {
  const name: Column<LatencyRow> = {
    head: 'Queries',
    cell: (row) => (row.value === '' ? '(none)' : row.value),
  };
  const arm: Column<LatencyRow> = { head: 'Arm', cell: (row) => row.arm };
  return table<LatencyRow>({
    caption,
    columns: [
      ...(named ? [name] : []),
      arm,
      { head: 'Clock', cell: (row) => row.clock },
      { head: 'n', numeric: true, cell: (row) => formatCount(row.n), sortBy: (row) => row.n },
      ...QUANTILES.map(
        (q): Column<LatencyRow> => ({
          head: q,
          numeric: true,
          cell: (row) => percentile(row, q),
          sortBy: (row) => row.quantiles[q] ?? -1,
        }),
      ),
      {
        head: 'max',
        numeric: true,
        cell: (row) => (row.censored > 0 ? `≥ ${ms(row.maxMs)}` : ms(row.maxMs)),
        sortBy: (row) => row.maxMs,
      },
      {
        head: 'Cut off',
        numeric: true,
        cell: (row) => formatCount(row.censored),
        sortBy: (row) => row.censored,
      },
    ],
    rows,
    sortable: named,
    rowClass: (row) => row.arm,
  });
}

/** A percentile among the queries that were cut off is only known to be at least so long. */
function percentile(row: LatencyRow, q: LatencyQuantile): Html {
  const value = row.quantiles[q];
  const bounds = row.bounds?.[q];
  const shown = value !== null && row.atLeast.includes(q) ? `≥ ${ms(value)}` : ms(value);
  if (bounds === undefined) return html`${shown}`;
  const high = bounds.highMs === null ? 'more' : ms(bounds.highMs);
  return html`${shown}<br><span class="muted small">${ms(bounds.lowMs)} to ${high}</span>`;
}
