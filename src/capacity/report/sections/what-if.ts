/** What if: the plan under other loads. */
import { DASH, ms } from '../../../report/format.ts';
import { badge, table } from '../../../report/html/parts.ts';
import type { WhatIfAnswer } from '../../plan/what-if.ts';
import type { PromiseCheck } from '../../plan/world.ts';
import type { StudySectionBuilder } from '../section.ts';
import { checkWords } from '../what-if-words.ts';

export const whatIf: StudySectionBuilder = ({ whatIf: answers }) => {
  if (answers.length === 0) return null;
  return {
    id: 'what-if',
    title: 'What if',
    body: table<WhatIfAnswer>({
      caption: 'The planned clusters under another load, and what it would need',
      rows: answers,
      columns: [
        { head: 'Question', wraps: 'long', cell: (w) => w.name },
        { head: 'Group', cell: (w) => w.group },
        { head: 'Plan, calm', cell: (w) => checked(w.withPlan ?? undefined) },
        { head: 'Plan, one rolled', cell: (w) => checked(w.rolled) },
        { head: 'Plan, one lost', cell: (w) => checked(w.lost) },
        { head: 'p95', numeric: true, cell: (w) => ms(w.withPlan?.p95Ms ?? null) },
        { head: 'Needs, calm', numeric: true, cell: (w) => w.needed.calm ?? DASH },
        { head: 'Needs, one lost', numeric: true, cell: (w) => w.needed.one ?? DASH },
        { head: 'Needs, zone lost', numeric: true, cell: (w) => w.needed.zone ?? DASH },
        {
          head: 'Missing',
          wraps: 'long',
          cell: (w) => (w.missing.length === 0 ? DASH : w.missing.join('; ')),
        },
      ],
    }),
  };
};

const checked = (check: PromiseCheck | undefined) =>
  check === undefined ? DASH : badge(check.holds ? 'pass' : 'fail', checkWords(check));
