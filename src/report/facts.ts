/** The few figures that every report leads with, derived once. */
import { formatCount, formatMs } from '../base/units.ts';
import type { RunEvent } from '../measure/record/events.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { OutcomeCounts } from '../measure/summary/outcome.ts';
import { DROP_OUTCOMES, OUTCOMES } from '../measure/summary/outcome.ts';
import type { ActionSummary, OverheadLevel, Summary } from '../measure/summary/summary.ts';
import { counted, DASH, interval, ms, shellLine, signedMs } from './format.ts';
import type { ReportInput } from './input.ts';
import { OUTCOME_WORDS, type Tone } from './words.ts';

/** Queries a user would call dropped. */
export function dropsIn(counts: OutcomeCounts): number {
  return OUTCOMES.reduce((sum, outcome) => sum + (DROP_OUTCOMES.has(outcome) ? counts[outcome] : 0), 0);
}

/** The rule of sums, written out. */
export interface Sum {
  readonly adds: boolean;
  /** `2 400 planned = 2 391 finished + 9 rejected`. */
  readonly text: string;
}

/** Checks planned = the sum of all outcomes, and writes it down. */
export function sumOf(planned: number, counts: OutcomeCounts): Sum {
  const parts = OUTCOMES.filter((outcome) => counts[outcome] > 0);
  // Older summaries lack the younger outcomes.
  const total = OUTCOMES.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
  const right = parts.map((outcome) => `${formatCount(counts[outcome])} ${OUTCOME_WORDS[outcome].label}`);
  const adds = total === planned;
  const text = `${formatCount(planned)} planned ${adds ? '=' : '≠'} ${right.join(' + ') || '0'}`;
  return { adds, text };
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly tone: Tone;
  /** A figure of a run that cannot be trusted. */
  readonly muted?: boolean;
}

/** Planned, finished, dropped, rolls, kills, overhead: the one line of the run. */
export function headline({
  info,
  summary,
  verdict,
}: Pick<ReportInput, 'info' | 'summary' | 'verdict'>): Fact[] {
  const { planned, counts } = summary.total;
  const drops = dropsIn(counts);
  return [
    {
      label: 'Queries planned',
      value: formatCount(planned),
      note: plannedNote(info, summary),
      tone: 'quiet',
    },
    {
      label: 'Finished',
      value: formatCount(counts.finished),
      note: shareNote(counts.finished, planned),
      tone: 'quiet',
    },
    { label: 'Dropped', value: formatCount(drops), note: blameNote(summary), tone: dropTone(summary, drops) },
    actionFact(
      'Rolls',
      summary.actions.filter((a) => a.kind === 'roll'),
    ),
    actionFact(
      'Kills',
      summary.actions.filter((a) => a.kind === 'kill'),
    ),
    overheadFact(summary, differenceWord(info), verdict.result === 'invalid'),
  ];
}

function plannedNote(info: RunInfo, summary: Summary): string {
  const left = leftOfPlan({ info, summary });
  const early = left === 0 ? '' : `${formatCount(left)} of the plan were left; `;
  return `${early}${baselineNote(summary)}`;
}

function baselineNote(summary: Summary): string {
  const n = summary.baselineTotal.planned;
  return n === 0 ? 'no baseline arm' : `and ${formatCount(n)} straight to the clusters`;
}

function shareNote(part: number, whole: number): string {
  if (whole === 0) return DASH;
  const percent = (part / whole) * 100;
  // 99.96 % must not be shown as 100 %: a report on drops may not round a drop away.
  const shown = part === whole ? '100' : (Math.floor(percent * 100) / 100).toFixed(2);
  return `${shown} % of planned`;
}

/** What is counted and not timed: `41 queries of the warm-up are in no latency and no overhead`, or ''. */
export function outsideText(summary: Summary): string {
  const { warmUp, coolDown } = summary.outside ?? { warmUp: 0, coolDown: 0 };
  const parts = [
    ...(warmUp > 0 ? [`${counted(warmUp, 'query', 'queries')} of the warm-up`] : []),
    ...(coolDown > 0 ? [`${counted(coolDown, 'query', 'queries')} of the cool-down`] : []),
  ];
  const verb = warmUp + coolDown === 1 ? 'is' : 'are';
  return parts.length === 0
    ? ''
    : `${parts.join(' and ')} ${verb} in no latency and no overhead${allOutside(summary)}`;
}

/** A load that is over before it is warm has no figure of time, whatever it did. */
function allOutside(summary: Summary): string {
  const { warmUp, coolDown } = summary.outside ?? { warmUp: 0, coolDown: 0 };
  const { planned } = summary.total;
  if (planned === 0 || warmUp + coolDown < planned) return '';
  return ', and there were no others: a load as short as this is timed with load.warmUp at 0s and load.coolDown at 0s';
}

/** Queries of the gateway arm that were sent: without any, an absence of drops says nothing. */
export function sentCount({ total }: Summary): number {
  return total.planned - total.counts['never-sent'];
}

/** Queries of the gateway's arm that the plan holds and that were not sent; 0 in records that do not tell. */
export function leftOfPlan({ info, summary }: Pick<ReportInput, 'info' | 'summary'>): number {
  // One part of a run sends a part of the plan; a merged record is of the whole.
  if (info.plan === undefined || info.shard !== undefined) return 0;
  return Math.max(0, info.plan.queries - sentCount(summary));
}

/** Drops of the gateway arm; those of the baseline arm are the clusters' own. */
export function gatewayDrops(summary: Summary): Summary['drops'] {
  return summary.drops.filter((drop) => drop.arm === 'gateway');
}

/** Drops of the gateway arm by blame, and what full clusters turned away beside them: `2 detection, 6 unavoidable`, or `none`. */
export function blameNote(summary: Summary): string {
  const { overloaded } = summary.total.counts;
  // No gateway's fault, and no drop; but users felt it.
  const besides = overloaded > 0 ? `; ${formatCount(overloaded)} turned away by full clusters` : '';
  return `${blamed(summary)}${besides}`;
}

function blamed(summary: Summary): string {
  const drops = gatewayDrops(summary);
  if (drops.length === 0) return sentCount(summary) === 0 ? 'nothing was sent' : 'none';
  const parts = (['avoidable', 'detection', 'unavoidable'] as const).flatMap((blame) => {
    const n = drops.filter((drop) => drop.blame === blame).length;
    return n === 0 ? [] : [`${formatCount(n)} ${blame}`];
  });
  return parts.join(', ');
}

/** `81 avoidable losses were seen, although the run is invalid`; '' for a valid run, or without one. */
export function lossesAllTheSame({ summary, verdict }: Pick<ReportInput, 'summary' | 'verdict'>): string {
  const n = gatewayDrops(summary).filter((drop) => drop.blame === 'avoidable').length;
  if (verdict.result !== 'invalid' || n === 0) return '';
  const what = `${counted(n, 'avoidable loss', 'avoidable losses')} ${n === 1 ? 'was' : 'were'} seen`;
  return `${what}, although the run is invalid`;
}

/** Red only for what could have been avoided, green only where something was at stake. */
export function dropTone(summary: Summary, drops: number): Tone {
  if (drops === 0) return sentCount(summary) === 0 ? 'quiet' : 'pass';
  return gatewayDrops(summary).some((drop) => drop.blame === 'avoidable') ? 'fail' : 'inconclusive';
}

function actionFact(label: string, actions: readonly ActionSummary[]): Fact {
  const failed = actions.filter((action) => !action.ok).length;
  const clean = actions.filter((action) => action.avoidable === 0).length;
  const value = formatCount(actions.length);
  if (actions.length === 0) return { label, value, note: 'none in this run', tone: 'quiet' };
  if (failed > 0)
    return { label, value: `${actions.length - failed} of ${value}`, note: 'completed', tone: 'fail' };
  if (clean === actions.length) return { label, value, note: 'without an avoidable drop', tone: 'quiet' };
  return { label, value: `${clean} of ${value}`, note: 'without an avoidable drop', tone: 'fail' };
}

/** Why two medians beside an estimate do not differ by it. */
export const MEDIANS_NOTE =
  'The difference is estimated within pairs (Hodges–Lehmann); the arms’ medians stand beside it for scale, and their difference is another quantity: where times are skewed or have several humps the two lie far apart.';

/** The level that stands for the overhead as a whole: end to end where it could be estimated. */
export function leadingLevel(summary: Summary): OverheadLevel | undefined {
  const levels = summary.overhead?.levels.filter((level) => level.difference !== null) ?? [];
  return levels.find((level) => level.level === 'total') ?? levels[0];
}

function overheadFact(summary: Summary, word: string, isInvalid: boolean): Fact {
  const level = leadingLevel(summary);
  const label =
    level === undefined || level.level === 'total' ? `${word}, end to end` : `${word}, ${level.level}`;
  const difference = level?.difference;
  if (!difference) return { label, value: DASH, note: 'not measured', tone: 'quiet' };
  const range = interval(difference.lowMs, difference.highMs, 'ms');
  const bounds = range === DASH ? 'interval not estimable' : `95 %: ${range}`;
  const doubt = isInvalid ? '; the run is invalid' : '';
  const note = `${bounds}; ${counted(difference.pairs, 'pair')}${doubt}`;
  return { label, value: signedMs(difference.estimateMs), note, tone: 'quiet', muted: isInvalid };
}

/** True for an event that belongs to an action with a card of its own. */
export function explained(summary: Summary, event: RunEvent): boolean {
  return summary.actions.some((action) => action.action === event.action);
}

/** What an action amounts to, in a word or two. */
export function actionVerdict(action: ActionSummary): { readonly tone: Tone; readonly text: string } {
  if (!action.ok) return { tone: 'fail', text: 'did not complete' };
  if (action.avoidable > 0) return { tone: 'fail', text: `${formatCount(action.avoidable)} avoidable` };
  if (action.doubt !== '') return { tone: 'inconclusive', text: 'proves nothing' };
  if (action.drops > 0) return { tone: 'inconclusive', text: 'drops, none avoidable' };
  return { tone: 'pass', text: 'no drops' };
}

/** What was under test, one sentence a line. */
export function underTest({ info, summary }: Pick<ReportInput, 'info' | 'summary'>): string[] {
  const groups = Map.groupBy(info.clusters, (cluster) => cluster.group);
  const fleet = [...groups].map(
    ([group, clusters]) => `${group} (${clusters.map((c) => c.name).join(', ')})`,
  );
  return [
    `Gateway: ${info.gateway}`,
    `Clusters: ${fleet.join('; ') || 'none'}`,
    ...(summary.baselineTotal.planned === 0 ? [] : [`Baseline: ${info.baseline || 'none'}`]),
  ];
}

/** The sentence a reader must not miss when no real Trino was involved. */
export const SIMULATED_NOTE =
  'The clusters were simulated coordinators (stubs). Routing, stickiness, drops and the gateway’s own cost are real; query run times are not those of Trino.';

/** Whose client sent the queries, where it was not our own; '' otherwise. */
export function clientNote({ versions }: Pick<RunInfo, 'versions'>): string {
  const client = versions['trino-client'];
  return client === undefined
    ? ''
    : `The queries were sent by the official JavaScript client (trino-client ${client}): what came back is what it saw, and its own work is in every time.`;
}

/** What of the dump was not sent: `131 skipped on purpose, 2 bad rows in the dump`; '' when all of it was. */
export function unsentText({ skipped, dump }: RunInfo): string {
  const onPurpose = skipped.reduce((n, entry) => n + entry.count, 0);
  const bad = dump?.badRows ?? 0;
  return [
    onPurpose > 0 ? `${formatCount(onPurpose)} skipped on purpose` : '',
    bad > 0 ? `${counted(bad, 'bad row')} in the dump` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** Without a gateway between the arms a difference is no overhead: both went straight to the clusters. */
export function differenceWord({ scenario }: Pick<RunInfo, 'scenario'>): 'Overhead' | 'Difference' {
  const driver = (scenario as { gateway?: { driver?: string } } | undefined)?.gateway?.driver;
  return driver === 'none' ? 'Difference' : 'Overhead';
}

/** When the load began, milliseconds from the run's origin: the scenario's `at` counts from there. Undefined where it never did. */
export function loadStartMs(events: readonly RunEvent[]): number | undefined {
  const start = events.find((event) => event.type === 'replay-started');
  return start === undefined ? undefined : start.atUs / 1000;
}

/** How long the run took, for people. */
export function duration(summary: Summary): string {
  return ms(summary.durationMs);
}

/** What of an action users did not see: the client's own retries, and the gateway's re-runs. */
export function savedText({ rerun, retried }: ActionSummary): string {
  const parts = [
    ...(retried === 0 ? [] : [`${formatCount(retried)} saved by the client’s retries`]),
    ...(rerun === 0 ? [] : [`${formatCount(rerun)} run again by the gateway`]),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

/** `35 of them waited more than 1 s to be admitted, 4.1 s at most`; '' when none did. */
export function heldUpText({ heldUp }: Summary): string {
  if (heldUp.count === 0) return '';
  const whom = heldUp.count === 1 ? '1 of the finished' : `${formatCount(heldUp.count)} of the finished`;
  return `${whom} waited more than 1 s for the first answer to their statement, ${formatMs(heldUp.longestMs)} at most`;
}

/** One line for a shell in the project's folder that makes the same plan and judges it alike. */
export function commandAgain({ command }: Pick<RunInfo, 'command'>): string {
  return shellLine(['npx', 'rehearse', ...command]);
}

/** What the one who copies the command has to know. */
export function commandNote({ command }: Pick<RunInfo, 'command'>): string {
  const secret = command.some((word) => /^[^=]+=.*\*\*\*/.test(word));
  return `To be called in the folder of trino-rehearse. With --dry-run behind it, it starts nothing and prints the digest of its plan.${secret ? ' *** stands for a secret that is not written down: put it in again.' : ''}`;
}
