/** The plan in a few lines that a manager can read: one that sums up, one for each group, one on how sure it is. */
import { formatCount, formatMs } from '../../base/units.ts';
import { oneLine } from '../../report/plain.ts';
import type { ModeFigures } from '../plan/modes.ts';
import type { GroupPlan, StudyRecord } from './record.ts';
import { todayOf, usedUpWords } from './until.ts';

type Parts = Pick<
  StudyRecord,
  | 'plans'
  | 'loads'
  | 'objectives'
  | 'scale'
  | 'confirmation'
  | 'measured'
  | 'inconclusive'
  | 'startedAt'
  | 'timeZone'
>;

/** Lines; those of groups begin with this. */
export const BULLET = '• ';

export function paragraphOf(parts: Parts): string {
  const answered = parts.plans.filter((p) => p.size.planned !== null);
  if (answered.length === 0)
    return `No plan can be given yet. Missing: ${parts.inconclusive.flatMap((m) => m.missing).join('; ')}.`;
  return [
    leadOf(parts, answered),
    ...answered.map((p) => `${BULLET}${groupSentences(p, parts)}`),
    endOf(parts),
  ].join('\n');
}

function leadOf({ objectives, plans }: Parts, answered: readonly GroupPlan[]): string {
  const total = answered.reduce((sum, p) => sum + (p.size.planned ?? 0), 0);
  const open = plans.filter((p) => p.size.planned === null).map((p) => oneLine(p.size.group));
  const within = byGroup(objectives.p95Ms, answered, (p) => p.p95Ms);
  const inQueues = byGroup(objectives.queueMs, answered, (p) => p.queueMs);
  const waiting = inQueues === '' ? '' : ` and to wait no longer than ${inQueues}`;
  const need = `For 95 of 100 queries to end within ${within}${waiting} at the busiest time, also while one cluster is replaced or has died,`;
  return open.length === 0
    ? `${need} ${clusters(total)} ${total === 1 ? 'is' : 'are'} needed in all.`
    : `${need} ${answered.map((p) => `${oneLine(p.size.group)} needs ${clusters(p.size.planned ?? 0)}`).join(', ')}. How many ${open.join(' and ')} ${open.length === 1 ? 'needs' : 'need'} is open, so there is no sum.`;
}

/** What all are promised, and what some are instead: `60 s, 20 min in etl`; empty where nobody is. */
function byGroup(
  all: number | null,
  plans: readonly GroupPlan[],
  own: (plan: GroupPlan) => number | null | undefined,
): string {
  const others = plans.flatMap((p) => {
    const ms = own(p) ?? all;
    return ms === null || ms === all ? [] : [`${formatMs(ms)} in ${oneLine(p.size.group)}`];
  });
  return [...(all === null ? [] : [formatMs(all)]), ...others].join(', ');
}

function groupSentences(plan: GroupPlan, parts: Parts): string {
  const { loads, scale } = parts;
  const today = todayOf(parts);
  const { exhaustion, size } = plan;
  const load = loads.find((l) => l.group === size.group);
  const of = (name: string) => size.cases.find((c) => c.case === name)?.clusters ?? null;
  const calm = of('calm') ?? 0;
  const zone = of('zone');
  const planned = size.planned ?? 0;
  const peak =
    load === undefined
      ? ''
      : ` (peak ${short(load.peak.perSecond * scale)} queries a second, over ${formatMs(load.peak.toMs - load.peak.fromMs)})`;
  const zones =
    zone === null
      ? 'no number that was tried survives the loss of a zone'
      : `${zone} survive the loss of a zone`;
  return [
    `${oneLine(size.group)}${peak}: ${clusters(calm)} ${calm === 1 ? 'carries' : 'carry'} the peak, ${planned} with one missing, ${zones}.`,
    ...activeActiveSentence(plan, today),
    `With ${planned} there is room for ${roomWords(size)} more load${usedUpWords(exhaustion, today)}.`,
    ...nearLimitSentence(plan),
    ...modeSentences(plan.modes),
  ].join(' ');
}

/** `27 % (24 to 31 % by draw)`: with one cluster lost, and what the draws of the load differ by. */
function roomWords({ headroom }: GroupPlan['size']): string {
  const percent = (times: number) => Math.round(Math.max(0, times - 1) * 100);
  const room = percent(headroom?.kill ?? 1);
  const [low, high] = (headroom?.killRange ?? []).map(percent);
  if (headroom?.killAtLeast) return `at least ${room} %`;
  return low === high || low === undefined ? `${room} %` : `${room} % (${low} to ${high} % by draw)`;
}

/** When one active cluster is no longer enough: the question that leads to active-active. */
function activeActiveSentence({ counts, size }: GroupPlan, today: string): string[] {
  const alone = counts?.find((c) => c.clusters === 1)?.cases.calm;
  if (alone === undefined) return [];
  if (alone.times < 1) {
    const calm = size.cases.find((c) => c.case === 'calm')?.clusters ?? 2;
    return [
      `One active cluster carries ${Math.round(100 * alone.times)} % of the peak: ${calm} have to be active already.`,
    ];
  }
  const room = Math.round((alone.times - 1) * 100);
  return [
    `One active cluster carries the peak, while nothing happens to it, with room for ${alone.atLeast ? 'at least ' : ''}${room} % more load${usedUpWords(alone.until, today)}${alone.until?.date == null ? '' : '; from then on two have to be active'}.`,
  ];
}

/** A promise that run times alone nearly use up leaves no room for waiting, and turns on little. */
function nearLimitSentence({ p95Ms, size: { idleP95Ms } }: GroupPlan): string[] {
  if (idleP95Ms === undefined || p95Ms === undefined || idleP95Ms < NEAR_LIMIT * p95Ms) return [];
  return [
    `Of the ${formatMs(p95Ms)} promised, ${formatMs(idleP95Ms)} go by on idle clusters: these figures turn on little.`,
  ];
}

/** Share of the promise. */
const NEAR_LIMIT = 0.8;

/** Cost and risk of every mode side by side: none is argued for. */
function modeSentences(modes: readonly ModeFigures[]): string[] {
  if (modes.length === 0) return [];
  const holding = modes.filter((m) => m.kill.holds && m.roll.holds);
  // Of equal cost the one that loses fewer; of equal loss the one that is proven every day, by taking queries.
  const lost = ({ kill, roll }: ModeFigures) => kill.unavoidable + kill.avoidable + roll.avoidable;
  const cheapest = holding.toSorted(
    (a, b) => a.costPerDay - b.costPerDay || lost(a) - lost(b) || b.active - a.active,
  )[0];
  return [
    `A day costs ${modes.map((m) => `${cost(m.costPerDay)} with ${MODE_WORDS[m.mode]}`).join(', ')}.`,
    `A roll at the peak drops ${listOf(modes, (m) => formatCount(m.roll.avoidable + m.roll.unavoidable))};`,
    `a kill ${listOf(modes, (m) => `${formatCount(m.kill.unavoidable)} in flight and ${formatCount(m.kill.avoidable)} more, ${felt(m)}`)}.`,
    cheapest === undefined
      ? 'None keeps the promise at a kill.'
      : `The cheapest that keeps the promise through both: ${MODE_WORDS[cheapest.mode]}.`,
  ];
}

const MODE_WORDS: Readonly<Record<ModeFigures['mode'], string>> = {
  'active, cold standby': 'a cold standby',
  'active, one warm standby': 'one warm standby',
  'active, warm standby': 'warm standbys for all',
  'active-active': 'active-active',
};

const felt = ({ kill }: ModeFigures) =>
  kill.recoveredAfterMs === null
    ? 'felt to the end of the peak'
    : kill.recoveredAfterMs === 0
      ? 'not felt by others'
      : `felt for ${formatMs(kill.recoveredAfterMs)}`;

/** One figure where all are alike, else each with its mode. */
function listOf(modes: readonly ModeFigures[], words: (mode: ModeFigures) => string): string {
  const all = modes.map(words);
  if (new Set(all).size === 1) return `${all[0]} in each mode`;
  return modes.map((m, i) => `${all[i]} with ${MODE_WORDS[m.mode]}`).join('; ');
}

function endOf({ confirmation, inconclusive, measured }: Parts): string {
  const tried =
    confirmation === null || confirmation.confirmed === null
      ? measured === null
        ? 'This is modelled from the dump alone; no cluster was measured.'
        : 'Clusters were measured, but the plan was not proven by taking one away under load.'
      : confirmation.confirmed
        ? `It was tried on ${confirmation.title}: at the planned load one cluster was rolled and one killed, and the promise held; at ${confirmation.loads.at(-1)?.times} times that load it did not.`
        : `The trial on ${confirmation.title} did not confirm it: see the section on confirmation.`;
  const open =
    inconclusive.length === 0 ? [] : [`Open: ${inconclusive.map((m) => oneLine(m.question)).join(' ')}`];
  return [tried, ...open].join(' ');
}

const clusters = (n: number) => (n === 1 ? '1 cluster' : `${n} clusters`);
const short = (x: number) => String(Number(x.toPrecision(2)));
const cost = (x: number) => formatCount(x < 100 ? Number(x.toPrecision(3)) : Math.round(x));
