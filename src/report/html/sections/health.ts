/** Whether the instrument itself was fit. */
import type { ValidityCheck } from '../../../measure/summary/summary.ts';
import type { Tone } from '../../words.ts';
import { badge, nothing, type SectionBuilder, table } from '../parts.ts';
import { html } from '../template.ts';

export const health: SectionBuilder = ({ info, summary }) => {
  const broken = summary.validity.filter((check) => !check.ok);
  const invalid = broken.some((check) => check.severity === 'invalid');
  const checks = table<ValidityCheck>({
    caption: 'Checks of the run itself',
    columns: [
      {
        head: 'Check',
        wraps: 'long',
        cell: (check) =>
          html`${check.name}${!check.ok && html`<br><span class="muted">${check.advice}</span>`}`,
      },
      { head: 'Result', cell: (check) => badge(toneOf(check), wordOf(check)) },
      { head: 'Observed', wraps: 'short', cell: (check) => check.observed },
      { head: 'Limit', wraps: 'short', cell: (check) => check.limit },
    ],
    rows: summary.validity,
    rowClass: (check) => (check.ok ? '' : toneOf(check)),
  });
  return {
    id: 'health',
    title: 'The run’s own health',
    badge: invalid
      ? { text: 'unfit', tone: 'invalid' }
      : broken.length > 0
        ? { text: 'warnings', tone: 'inconclusive' }
        : { text: summary.validity.length === 0 ? 'no data' : 'fit', tone: 'quiet' },
    body: html`<p class="lead">Before the gateway is judged, the load generator is: a late or starved generator measures itself. A breach makes the verdict invalid; a warning is only shown.</p>
${summary.validity.length === 0 ? nothing('No check could be made.') : checks}
${info.generator === null && nothing('The load generator left no figures about itself.')}`,
  };
};

function toneOf(check: ValidityCheck): Tone {
  if (check.ok) return 'pass';
  return check.severity === 'invalid' ? 'invalid' : 'inconclusive';
}

function wordOf(check: ValidityCheck): string {
  if (check.ok) return 'ok';
  return check.severity === 'invalid' ? 'breach' : 'warning';
}
