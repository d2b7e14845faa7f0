/** What if: the plan under other loads. */
import { DASH, ms } from '../../../report/format.ts';
import { badge, type Column, footnote, table } from '../../../report/html/parts.ts';
import { html, type Value } from '../../../report/html/template.ts';
import type { WhatIfAnswer } from '../../plan/what-if.ts';
import type { StudySectionBuilder } from '../section.ts';
import { checksOf, nightWords, p95Under, peakWords } from '../what-if-words.ts';

export const whatIf: StudySectionBuilder = ({ timeZone, whatIf: answers }) => {
  if (answers.length === 0) return null;
  return {
    id: 'what-if',
    title: 'What if',
    body: html`${answerTable(answers, timeZone)}${footnote('p95 is that of the plan when nothing else happens than what is asked. “Needs” are the clusters with which the promise holds at the peak.')}`,
  };
};

function answerTable(rows: readonly WhatIfAnswer[], timeZone: string | undefined) {
  const remark = (w: WhatIfAnswer) => remarkOf(w, timeZone);
  return table<WhatIfAnswer>({
    caption: 'The planned clusters under another load, and what it would need',
    rows,
    columns: [
      { head: 'Question', wraps: 'short', cell: (w) => w.name },
      { head: 'Group', cell: (w) => w.group },
      { head: 'The plan then', wraps: 'short', cell: planThen },
      { head: 'p95', numeric: true, cell: (w) => ms(p95Under(w)) },
      { head: 'Needs', numeric: true, cell: (w) => w.needed.calm ?? DASH },
      { head: 'one lost', numeric: true, cell: (w) => w.needed.one ?? DASH },
      { head: 'zone lost', numeric: true, cell: (w) => w.needed.zone ?? DASH },
      ...(rows.some((w) => remark(w) !== '') ? [remarks(remark)] : []),
    ],
  });
}

function remarks(remark: (w: WhatIfAnswer) => string): Column<WhatIfAnswer> {
  return { head: 'Remark', wraps: 'long', cell: (w) => remark(w) || DASH };
}

/** Where the peak is then, why no number of clusters is enough, what is missing for an answer, which night it was. */
function remarkOf(answer: WhatIfAnswer, timeZone: string | undefined): string {
  const { because, missing, night } = answer;
  const moved = peakWords(answer, timeZone);
  return [
    ...(moved === '' ? [] : [moved]),
    ...(because === undefined ? [] : [because]),
    ...(missing.length === 0 ? [] : [`missing: ${missing.join('; ')}`]),
    ...(night === undefined ? [] : [nightWords(night, timeZone)]),
  ].join('. ');
}

/** One badge for each case: its colour says whether the promise holds, its words what breaks it. */
function planThen(answer: WhatIfAnswer): Value {
  const checks = checksOf(answer);
  if (checks.length === 0) return DASH;
  return html`${checks.map(({ check, name }) => html`${badge(check.holds ? 'pass' : 'fail', check.holds ? `${name} holds` : `${name}: ${check.broken.join(', ')}`)} `)}`;
}
