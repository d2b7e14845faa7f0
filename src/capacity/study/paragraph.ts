/** The plan in one paragraph that a manager can read. */
import { formatMs } from '../../base/units.ts';
import type { GroupPlan, LoadSummary, StudyRecord } from './record.ts';

type Parts = Pick<
  StudyRecord,
  'plans' | 'loads' | 'objectives' | 'scale' | 'confirmation' | 'measured' | 'inconclusive'
>;

export function paragraphOf(parts: Parts): string {
  const { confirmation, measured, objectives, plans, scale } = parts;
  const answered = plans.filter((p) => p.size.planned !== null);
  if (answered.length === 0)
    return `No plan can be given yet. Missing: ${parts.inconclusive.flatMap((m) => m.missing).join('; ')}.`;
  const total = answered.reduce((sum, p) => sum + (p.size.planned ?? 0), 0);
  return [
    `For 95 of 100 queries to end within ${formatMs(objectives.p95Ms)} at the busiest time, also while one cluster is replaced or has died, ${total} clusters are needed in all.`,
    ...answered.map((p) => groupSentence(p, parts.loads, scale)),
    ...modeSentence(answered),
    confirmation === null || confirmation.confirmed === null
      ? measured === null
        ? 'This is modelled from the dump alone; no cluster was measured.'
        : 'Clusters were measured, but the plan was not proven by taking one away under load.'
      : confirmation.confirmed
        ? `It was tried on ${confirmation.title}: at the planned load one cluster was rolled and one killed, and the promise held; at ${confirmation.loads.at(-1)?.times} times that load it did not.`
        : `The trial on ${confirmation.title} did not confirm it: see the section on confirmation.`,
    ...(parts.inconclusive.length === 0
      ? []
      : [`Open: ${parts.inconclusive.map((m) => m.question).join(' ')}`]),
  ].join(' ');
}

function groupSentence(
  { exhaustion, size }: GroupPlan,
  loads: readonly LoadSummary[],
  scale: number,
): string {
  const load = loads.find((l) => l.group === size.group);
  const calm = size.cases.find((c) => c.case === 'calm')?.clusters;
  const zone = size.cases.find((c) => c.case === 'zone')?.clusters;
  const peak = load === undefined ? '' : ` (peak ${short(load.peak.perSecond * scale)} queries a second)`;
  const spare = size.headroom === null ? 0 : size.headroom.kill - 1;
  const until =
    exhaustion === null
      ? ''
      : exhaustion.date === null
        ? ', and the load is not growing into it'
        : `, which growth of ${short(exhaustion.perMonth * 100)} % a month uses up on ${exhaustion.date}`;
  const zones =
    zone === null || zone === undefined
      ? 'no number of clusters tried survives the loss of a zone'
      : `${zone} to survive the loss of a zone`;
  return `${size.group}${peak}: ${calm} clusters carry the peak, ${size.planned} with one missing, ${zones}; with ${size.planned} there is room for ${Math.round(spare * 100)} % more load${until}.`;
}

function modeSentence(plans: readonly GroupPlan[]): string[] {
  const sum = (mode: string) =>
    plans.reduce((total, p) => total + (p.modes.find((m) => m.mode === mode)?.costPerDay ?? 0), 0);
  const warm = sum('active, warm standby');
  const active = sum('active-active');
  if (warm === 0) return [];
  const saved = 1 - active / warm;
  return [
    saved >= 0
      ? `Active-active costs ${Math.round(saved * 100)} % less than a warm standby beside every active cluster.`
      : `Active-active costs ${Math.round(-saved * 100)} % more than a warm standby beside every active cluster.`,
  ];
}

const short = (x: number) => String(Number(x.toPrecision(2)));
