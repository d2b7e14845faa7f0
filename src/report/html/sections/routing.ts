/** Where each query was expected and where it ran, by the clusters' own evidence. */
import { formatCount, formatShare } from '../../../base/units.ts';
import type { Routing, RoutingProblem, RoutingRow } from '../../../measure/summary/summary.ts';
import { DASH } from '../../format.ts';
import type { ReportInput } from '../../input.ts';
import { type Column, footnote, nothing, type Section, type SectionBuilder, sheet, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const routing: SectionBuilder = (input) => {
  const data = input.summary.routing;
  return {
    id: 'routing',
    title: 'Routing',
    badge: badgeOf(data),
    body: html`${counts(data)}
${data.matrix.length === 0 ? nothing('No query reached a cluster.') : matrix(input)}
${footnote('Expectations come from the scenario or the dump, never from the gateway’s rules. Where a query ran is read from its query id: the last five characters name the coordinator process, which was asked directly.')}
${data.examples.length > 0 && problems(data.examples)}`,
  };
};

function badgeOf(data: Routing): Section['badge'] & {} {
  if (data.mismatches > 0) return { text: `${formatCount(data.mismatches)} wrong`, tone: 'fail' };
  if (data.unknownSuffix > 0)
    return { text: `${formatCount(data.unknownSuffix)} unknown`, tone: 'inconclusive' };
  return { text: data.correct === 0 ? 'no data' : 'as expected', tone: 'quiet' };
}

function counts(data: Routing): Html {
  const decided = data.correct + data.mismatches;
  return sheet([
    [
      'Correct',
      html`${formatCount(data.correct)} <span class="muted">${decided === 0 ? DASH : `${formatShare(data.correct / decided)} of the ${formatCount(decided)} that can be judged`}</span>`,
    ],
    [
      'Mismatches',
      html`${formatCount(data.mismatches)} <span class="muted">ran where they should not have</span>`,
    ],
    [
      'Ambiguous',
      html`${formatCount(data.ambiguous)} <span class="muted">sent while the fleet was changing; either cluster is right</span>`,
    ],
    [
      'Without a query id',
      html`${formatCount(data.withoutId)} <span class="muted">never admitted anywhere</span>`,
    ],
    [
      'Unknown process',
      html`${formatCount(data.unknownSuffix)} <span class="muted">an id that no known coordinator gives out</span>`,
    ],
  ]);
}

/** Steps of shading in the matrix; the style sheet has as many. */
const SHADES = 4;

function matrix({ info, summary }: ReportInput): Html {
  const { matrix: rows } = summary.routing;
  const groupOf = new Map(info.clusters.map((cluster) => [cluster.name, cluster.group]));
  const seen = new Set([...groupOf.keys(), ...rows.flatMap((row) => Object.keys(row.ranOn))]);
  const clusters = [...seen].map(
    (name): Column<RoutingRow> => ({
      head: name,
      numeric: true,
      cell: (row) => {
        const n = row.ranOn[name] ?? 0;
        if (n === 0) return html`<span class="zero">0</span>`;
        const total = Object.values(row.ranOn).reduce((sum, count) => sum + count, 0);
        const expected = groupOf.get(name) === row.expectedGroup;
        return html`<span class="heat ${expected ? 'right' : 'wrong'}-${Math.ceil((n / total) * SHADES)}">${formatCount(n)}</span>`;
      },
    }),
  );
  const group: Column<RoutingRow> = { head: 'Expected group', cell: (row) => row.expectedGroup || '(none)' };
  return table({
    caption: 'Expected group (rows) and where the queries ran (columns)',
    columns: [group, ...clusters],
    rows,
  });
}

function problems(examples: readonly RoutingProblem[]): Html {
  return html`<h3>Examples</h3>${table<RoutingProblem>({
    caption: 'Queries that ran in the wrong place',
    columns: [
      { head: 'Query id', code: true, cell: (row) => row.queryId },
      { head: 'No.', numeric: true, cell: (row) => row.seq },
      { head: 'Source', cell: (row) => row.source },
      { head: 'Expected', cell: (row) => row.expectedGroup },
      { head: 'Ran on', cell: (row) => row.cluster },
      { head: 'Why it counts as wrong', wraps: 'long', cell: (row) => row.reason },
    ],
    rows: examples,
  })}`;
}
