/** The gates: what was promised, what was seen, and whether the data can tell. */
import { formatCount } from '../../../base/units.ts';
import type { GateResult } from '../../../gates/verdict.ts';
import { interval, inUnit } from '../../format.ts';
import { RESULTS } from '../../words.ts';
import { badge, footnote, nothing, type SectionBuilder, table } from '../parts.ts';
import { html } from '../template.ts';

export const gates: SectionBuilder = ({ summary, verdict }) => {
  const passed = verdict.gates.filter((gate) => gate.result === 'pass').length;
  const rows = table<GateResult>({
    caption: 'Gates',
    columns: [
      { head: 'Gate', code: true, cell: (gate) => gate.expression },
      { head: 'Result', cell: (gate) => badge(gate.result, RESULTS[gate.result].label) },
      { head: 'Observed', numeric: true, cell: (gate) => inUnit(gate.observed, gate.unit) },
      { head: '95 % interval', numeric: true, cell: (gate) => interval(gate.low, gate.high, gate.unit) },
      { head: 'Limit', numeric: true, cell: (gate) => inUnit(gate.limit, gate.unit) },
      { head: 'n', numeric: true, cell: (gate) => formatCount(gate.n) },
      { head: 'Why', wraps: 'long', cell: (gate) => why(gate, summary.figures[gate.figure]?.note) },
    ],
    rows: verdict.gates,
    rowClass: (gate) => gate.result,
  });
  return {
    id: 'gates',
    title: 'Gates',
    badge: {
      text: `${passed}/${verdict.gates.length}`,
      tone: verdict.gates.length === 0 ? 'quiet' : verdict.result,
    },
    body:
      verdict.gates.length === 0
        ? nothing('The scenario sets no gates, so nothing could fail.')
        : html`${rows}${footnote('A gate passes when the whole interval is on the right side of its limit, fails when the whole interval is on the wrong side, and is inconclusive in between. Counts with a limit of 0 are decided by the count itself.')}`,
  };
};

function why(gate: GateResult, note: string | undefined) {
  return html`${gate.reason}${note !== undefined && !gate.reason.includes(note) && html`<br><span class="muted">${note}</span>`}`;
}
