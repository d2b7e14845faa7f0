/** What if: the plan under other loads. */
import { DASH, ms } from '../../../report/format.ts';
import { badge, type Column, footnote, table } from '../../../report/html/parts.ts';
import { html, type Value } from '../../../report/html/template.ts';
import type { WhatIfAnswer } from '../../plan/what-if.ts';
import type { StudySectionBuilder } from '../section.ts';
import { checksOf } from '../what-if-words.ts';

export const whatIf: StudySectionBuilder = ({ whatIf: answers }) => {
  if (answers.length === 0) return null;
  return {
    id: 'what-if',
    title: 'What if',
    body: html`${answerTable(answers)}${footnote('p95 is that of the plan when nothing happens. “Needs” are the clusters with which the promise holds.')}`,
  };
};

function answerTable(rows: readonly WhatIfAnswer[]) {
  const isOpen = rows.some((w) => remarkOf(w) !== '');
  return table<WhatIfAnswer>({
    caption: 'The planned clusters under another load, and what it would need',
    rows,
    columns: [
      { head: 'Question', wraps: 'long', cell: (w) => w.name },
      { head: 'Group', cell: (w) => w.group },
      { head: 'The plan then', wraps: 'short', cell: planThen },
      { head: 'p95', numeric: true, cell: (w) => ms(w.withPlan?.p95Ms ?? null) },
      { head: 'Needs, calm', numeric: true, cell: (w) => w.needed.calm ?? DASH },
      { head: 'Needs, one lost', numeric: true, cell: (w) => w.needed.one ?? DASH },
      { head: 'Needs, zone lost', numeric: true, cell: (w) => w.needed.zone ?? DASH },
      ...(isOpen ? [REMARK] : []),
    ],
  });
}

const REMARK: Column<WhatIfAnswer> = {
  head: 'Why none',
  wraps: 'long',
  cell: (w) => remarkOf(w) || DASH,
};

/** Why no number of clusters is enough, or what is missing for an answer; '' where there is one. */
function remarkOf({ because, missing }: WhatIfAnswer): string {
  return because ?? (missing.length === 0 ? '' : `missing: ${missing.join('; ')}`);
}

/** One badge for each case: its colour says whether the promise holds, its words what breaks it. */
function planThen(answer: WhatIfAnswer): Value {
  const checks = checksOf(answer);
  if (checks.length === 0) return DASH;
  return html`${checks.map(({ check, name }) => html`${badge(check.holds ? 'pass' : 'fail', check.holds ? `${name} holds` : `${name}: ${check.broken.join(', ')}`)} `)}`;
}
