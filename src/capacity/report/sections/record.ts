/** What another needs to do it again: versions, machine, command, the study as resolved, what the dump lacks. */
import { shellLine, stamp } from '../../../report/format.ts';
import { details, sheet } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import type { StudySectionBuilder } from '../section.ts';

export const recordSection: StudySectionBuilder = (record) => ({
  id: 'record',
  title: 'How this was made',
  body: html`${sheet([
    ['command', html`<code>${shellLine(['npx', 'rehearse', ...record.command])}</code>`],
    ['seed', record.seed],
    ['made', `${stamp(record.startedAt)} to ${stamp(record.finishedAt)}`],
    ['dump', `${record.dump.files.join(', ')}: ${record.dump.format}, ${record.dump.because}`],
    [
      'not in the dump',
      record.dump.lost.length === 0 ? 'nothing that is needed' : record.dump.lost.join(', '),
    ],
    ...Object.entries({ ...record.versions, ...record.machine }).map(([k, v]) => [k, String(v)] as const),
  ])}
${details('The study as it was resolved', html`<pre>${JSON.stringify(record.study, null, 2)}</pre>`)}`,
});
