/** Clusters by group and case: what carries the peak, and what is broken with one fewer. */
import { formatCount, formatShare } from '../../../base/units.ts';
import { DASH, ms } from '../../../report/format.ts';
import { details, footnote, nothing, table } from '../../../report/html/parts.ts';
import { type Html, html } from '../../../report/html/template.ts';
import type { SizeCase, SizedCase } from '../../plan/size.ts';
import { BULLET } from '../../study/paragraph.ts';
import type { StudySectionBuilder } from '../section.ts';

const CASES: Readonly<Record<SizeCase, string>> = {
  calm: 'the peak, nothing happens',
  roll: 'one rolled at the peak',
  kill: 'one lost at the peak, not replaced',
  zone: 'a zone lost at the peak',
};

type Row = SizedCase & { readonly group: string; readonly planned: boolean };

export const plan: StudySectionBuilder = (record) => {
  const { assumptions, dump, inconclusive, leftOut, measured, paragraph, plans } = record;
  const rows = plans.flatMap((p): Row[] =>
    p.size.cases.map((c) => ({ ...c, group: p.size.group, planned: c.clusters === p.size.planned })),
  );
  const { doubts = [] } = dump;
  const byKnee = plans.filter((p) => p.byKnee !== null);
  return {
    id: 'plan',
    title: 'The plan',
    body: html`${paragraphHtml(paragraph)}
${leftOut !== undefined && leftOut > 0 && html`<p class="doubt">${formatCount(leftOut)} of ${formatCount(dump.accepted)} queries (${formatShare(leftOut / (dump.accepted || 1))}) belong to no group of the study and are left out.</p>`}
${doubts.map((doubt) => html`<p class="doubt">${doubt}.</p>`)}
${rows.length === 0 ? nothing('No group could be sized.') : caseTable(rows)}
${footnote('Each line is a simulation of the group’s own peak with that many clusters; one cluster fewer breaks what the last column names. A cluster is lost at the peak’s first moment and stays away; a roll comes at its fullest moment, and is over after the drain and the start, which a p95 of a much longer peak hardly sees: what users feel of it stands under the modes. Unavoidable drops were in flight on the killed cluster.')}
${byKnee.length > 0 && footnote(`By the measured knee of one cluster alone, without anything lost: ${byKnee.map((p) => `${p.size.group} ${p.byKnee}`).join(', ')}${measured?.simulated === true ? ' (simulated clusters, whose speed is invented)' : ''}.`)}
${inconclusive.length > 0 && details(`Questions without an answer (${inconclusive.length})`, html`<dl class="terms">${inconclusive.map((m) => html`<div><dt>${m.question}</dt><dd>Missing: ${m.missing.join('; ')}</dd></div>`)}</dl>`, true)}
${details(`What was assumed (${assumptions.length})`, html`<ul>${assumptions.map((a) => html`<li>${a}</li>`)}</ul>`, true)}`,
  };
};

/** Lines of groups become a list. */
function paragraphHtml(paragraph: string): Html {
  const lines = paragraph.split('\n');
  const groups = lines.filter((line) => line.startsWith(BULLET));
  const first = lines.findIndex((line) => line.startsWith(BULLET));
  if (groups.length === 0) return html`<p>${paragraph}</p>`;
  return html`${lines.slice(0, first).map((line) => html`<p>${line}</p>`)}
<ul>${groups.map((line) => html`<li>${line.slice(BULLET.length)}</li>`)}</ul>
${lines.slice(first + groups.length).map((line) => html`<p>${line}</p>`)}`;
}

function caseTable(rows: readonly Row[]) {
  return table<Row>({
    caption: 'Clusters needed',
    rows,
    columns: [
      { head: 'Group', cell: (r) => r.group },
      { head: 'What happens', wraps: 'short', cell: (r) => CASES[r.case] },
      {
        head: 'Clusters',
        numeric: true,
        cell: (r) =>
          html`<strong>${r.clusters === null ? 'more than tried' : formatCount(r.clusters)}</strong>`,
      },
      { head: 'p95', numeric: true, cell: (r) => ms(r.figures?.p95Ms ?? null) },
      { head: 'Queue p95', numeric: true, cell: (r) => ms(r.figures?.queueP95Ms ?? null) },
      {
        head: 'Slots in use',
        numeric: true,
        cell: (r) => (r.figures === null ? DASH : formatShare(r.figures.utilisation)),
      },
      {
        head: 'Avoidable drops',
        numeric: true,
        cell: (r) => (r.figures === null ? DASH : formatCount(r.figures.avoidable)),
      },
      {
        head: 'Unavoidable',
        numeric: true,
        cell: (r) => (r.figures === null ? DASH : formatCount(r.figures.unavoidable)),
      },
      {
        head: 'One fewer breaks',
        wraps: 'short',
        cell: (r) => (r.oneFewer.length === 0 ? DASH : r.oneFewer.join(', ')),
      },
    ],
  });
}
