/** Active-standby and active-active side by side. */
import { formatCount } from '../../../base/units.ts';
import { decimal, ms } from '../../../report/format.ts';
import { badge, footnote, table } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import type { ModeFigures } from '../../plan/modes.ts';
import type { StudySectionBuilder } from '../section.ts';

const held = (holds: boolean) => (holds ? badge('pass', 'holds') : badge('fail', 'broken'));

type Row = ModeFigures & { readonly group: string };

export const modes: StudySectionBuilder = ({ plans }) => {
  const rows = plans.flatMap((p): Row[] => p.modes.map((m) => ({ ...m, group: p.size.group })));
  if (rows.length === 0) return null;
  return {
    id: 'modes',
    title: 'Standby or active-active',
    body: html`${table<Row>({
      caption: 'Cost of a day with one roll, and what a roll and a kill at the peak do',
      rows,
      columns: [
        { head: 'Group', cell: (r) => r.group },
        { head: 'Mode', wraps: 'short', cell: (r) => r.mode },
        { head: 'Active + standby', numeric: true, cell: (r) => `${r.active} + ${r.standby}` },
        { head: 'Cluster hours', numeric: true, cell: (r) => decimal(r.clusterHoursPerDay) },
        { head: 'Cost', numeric: true, cell: (r) => decimal(r.costPerDay) },
        { head: 'Roll: p95', numeric: true, cell: (r) => ms(r.roll.p95Ms) },
        {
          head: 'Roll: drops',
          numeric: true,
          cell: (r) => formatCount(r.roll.avoidable + r.roll.unavoidable),
        },
        { head: 'Kill: p95', numeric: true, cell: (r) => ms(r.kill.p95Ms) },
        {
          head: 'Kill: in flight + more',
          numeric: true,
          cell: (r) => `${formatCount(r.kill.unavoidable)} + ${formatCount(r.kill.avoidable)}`,
        },
        {
          head: 'Felt for',
          numeric: true,
          cell: (r) => (r.kill.recoveredAfterMs === null ? 'to the end' : ms(r.kill.recoveredAfterMs)),
        },
        { head: 'Promise, roll', cell: (r) => held(r.roll.holds) },
        { head: 'Promise, kill', cell: (r) => held(r.kill.holds) },
      ],
    })}
${footnote(`${[...new Map(rows.map((r) => [r.mode, r.meaning]))].map(([mode, meaning]) => `${mode}: ${meaning}`).join(' · ')}. Drops at a kill: in flight on the killed cluster, and more that could have been avoided.`)}
${footnote('A cold standby runs beside each active cluster once a day, for the roll: while it starts, and for as long as a drain may take; a warm one all day. Rolls and kills come at the moment of the peak at which most queries run by the dump. “Felt for”: from the kill until three times ten seconds in a row lost no more, ended as usual, and had a p95 no more than a tenth above that of the same load without it.')}`,
  };
};
