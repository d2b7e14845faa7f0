/** The plan tried: loads with one cluster rolled and one killed, and predictions beside measurements. */
import { formatCount, formatShare } from '../../../base/units.ts';
import { DASH, decimal, interval, ms } from '../../../report/format.ts';
import { badge, type Column, footnote, nothing, table } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import type { BalancerCheck, ConfirmedLoad } from '../../study/record.ts';
import type { StudySectionBuilder } from '../section.ts';

export const confirmation: StudySectionBuilder = ({ confirmation: tried }) => {
  if (tried === null)
    return {
      id: 'confirmation',
      title: 'Confirmation',
      badge: { text: 'none', tone: 'quiet' },
      body: nothing('The plan is modelled, not tested: no cluster was taken away under load.'),
    };
  return {
    id: 'confirmation',
    title: 'Confirmation',
    badge:
      tried.confirmed === null
        ? tried.loads.length > 0
          ? { text: 'unclear', tone: 'inconclusive' }
          : { text: 'compared', tone: 'quiet' }
        : tried.confirmed
          ? { text: 'held', tone: 'pass' }
          : { text: 'no', tone: 'fail' },
    body: html`<p>${tried.title}${tried.simulated && ' (simulated)'}; planned load ${tried.plannedFrom === 'study' ? 'given by the study' : 'by simulation with the service times measured there'}.</p>
${tried.loads.length > 0 && loadTable(tried.loads)}
${tried.balancers.length > 0 && checkTable(tried.balancers, tried.sharedMachine === true)}`,
  };
};

function loadTable(loads: readonly ConfirmedLoad[]) {
  return html`${table<ConfirmedLoad>({
    caption: 'One cluster rolled, then one killed and not replaced',
    rows: loads,
    columns: [
      {
        head: 'Load',
        wraps: 'short',
        cell: (l) => `${decimal(l.times)} × planned (${decimal(l.load)}/s)`,
      },
      { head: 'Objectives', cell: objectivesBadge },
      { head: 'p95', wraps: 'short', cell: (l) => within(l.p95Ms, l.p95Interval) },
      { head: 'Avoidable drops', numeric: true, cell: (l) => formatCount(l.avoidable) },
      { head: 'In flight', numeric: true, cell: (l) => formatCount(l.unavoidable) },
      { head: 'Queries', numeric: true, cell: (l) => formatCount(l.queries) },
      { head: 'What happened', wraps: 'short', cell: (l) => l.actions.join('; ') },
      { head: 'Why', wraps: 'short', cell: (l) => (l.reasons.length === 0 ? DASH : l.reasons.join('; ')) },
    ],
  })}${footnote(`The first line has to hold, the second to break: a plan that also carries much more asks for too many clusters. ${INTERVALS}`)}`;
}

function objectivesBadge({ holds, unclear }: ConfirmedLoad) {
  if (unclear) return badge('inconclusive', 'unclear');
  return holds ? badge('pass', 'held') : badge('fail', 'broken');
}

const DOUBTS: Column<BalancerCheck> = {
  head: 'Doubts',
  wraps: 'long',
  cell: ({ doubts = [] }) => (doubts.length === 0 ? DASH : doubts.join('; ')),
};

const INTERVALS =
  'Intervals of a p95 are of 95 %, and allow for queries that waited in the same line (batch means).';

/** `1.24 s (1.14 s to 1.4 s)`; alone where it has no range, or none but itself. */
function within(p95Ms: number, range: readonly [number, number] | null | undefined): string {
  const hasRange = range !== null && range !== undefined && range[0] < range[1];
  return hasRange ? `${ms(p95Ms)} (${interval(range[0], range[1], 'ms')})` : ms(p95Ms);
}

function checkTable(checks: readonly BalancerCheck[], sharedMachine: boolean) {
  const shared = sharedMachine
    ? ' All clusters ran on one machine: each slows the others down, while the prediction gives each cores of its own, so it is too low the more the machine is used.'
    : '';
  return html`${table<BalancerCheck>({
    caption: 'Balancers: predicted and measured',
    rows: checks,
    columns: [
      { head: 'Balancer', cell: (c) => c.balancer },
      { head: 'Rate', numeric: true, cell: (c) => `${decimal(c.load)}/s` },
      {
        head: 'p95 predicted (by lot)',
        wraps: 'short',
        cell: (c) => within(c.predictedP95Ms, c.predictedInterval),
      },
      {
        head: 'p95 measured (interval)',
        wraps: 'short',
        cell: (c) => within(c.measuredP95Ms, c.measuredInterval),
      },
      { head: 'Error', numeric: true, cell: (c) => formatShare(c.error) },
      { head: 'CV measured', numeric: true, cell: (c) => decimal(c.variation) },
      { head: 'Queries', numeric: true, cell: (c) => formatCount(c.queries) },
      ...(checks.some((c) => (c.doubts ?? []).length > 0) ? [DOUBTS] : []),
    ],
  })}${footnote(`Predicted: the simulator led through the arrivals of this very run, each query with the time that its statement took alone on these clusters a moment before; the median of many simulations, and by lot what 95 % of them lie between, since some balancers draw lots. ${INTERVALS}${shared}`)}`;
}
