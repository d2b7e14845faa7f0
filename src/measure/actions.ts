/** What each action of the timeline did to users: its steps, and the drops that belong to it. */
import { coordinatorSuffix } from '../trino/query-id.ts';
import { inFlightOn } from './blame.ts';
import type { RunEvent } from './events.ts';
import type { Kill } from './incarnations.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { RunRecord } from './run-info.ts';
import { sorted } from './stats/quantile.ts';
import type { ActionSummary, Blame } from './summary.ts';

/** The kill is stamped by one process and felt by another. */
const STAMP_SLACK_US = 1_000_000;

/** One summary for each numbered action, in order. */
export function actionSummaries(record: RunRecord, ledger: Ledger): readonly ActionSummary[] {
  const byAction = Map.groupBy(
    record.events.filter((e) => (e.action ?? -1) >= 0).sort((a, b) => a.atUs - b.atUs),
    (e) => e.action ?? -1,
  );
  return [...byAction]
    .sort(([a], [b]) => a - b)
    .map(([action, events]) => summariseAction(action, events, record, ledger));
}

/** The process that an action ends (or takes out), and the moment that decides. */
interface Target {
  readonly cluster: string;
  readonly group: string;
  readonly suffix: string;
  readonly atUs: number;
}

function summariseAction(
  action: number,
  events: readonly RunEvent[],
  record: RunRecord,
  ledger: Ledger,
): ActionSummary {
  const kind = kindOf(events);
  const started = events.find((e) => e.type === 'roll-started' || e.type === 'fault-started') ?? events[0];
  const kill = ledger.fleet.kills.find((k) => k.kind === 'kill' && k.action === action);
  const target = kill ?? rollTarget(events, ledger);
  const drops = ledger.gateway.filter((e) => e.dropped && e.action === action);
  const blamed = (blame: Blame) => drops.filter((e) => e.blame === blame).length;
  const times = sorted(drops.map((e) => e.atUs));
  const failed = events.some((e) => e.type === 'roll-failed');
  return {
    action,
    kind,
    title: (started?.text ?? '').replace(/^roll /, ''),
    ok: !failed && events.some((e) => e.type === 'roll-finished' || e.type === 'fault-finished'),
    startMs: (events[0]?.atUs ?? 0) / 1000,
    endMs: (events.at(-1)?.atUs ?? 0) / 1000,
    steps: events.filter((e) => e.type !== 'phase' && e.type !== 'step-started').map(toStep),
    openAtSwitch: kind === 'roll' ? openAtSwitch(events, ledger) : null,
    exposed: target === undefined ? 0 : openOn(ledger, target).length,
    drops: drops.length,
    avoidable: blamed('avoidable'),
    unavoidable: blamed('unavoidable'),
    detection: blamed('detection'),
    ...savedIn(ledger, action, events, kill),
    burstMs: times.length === 0 ? null : ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000,
    firstGoodMs: target === undefined ? null : firstGoodMs(ledger, target),
    doubt: doubt(kind, kill, events, record, ledger),
  };
}

/** Queries that were under way during an action and finished only because somebody tried again. */
function savedIn(
  ledger: Ledger,
  action: number,
  events: readonly RunEvent[],
  kill: Kill | undefined,
): Pick<ActionSummary, 'retried' | 'rerun'> {
  const fromUs = events[0]?.atUs ?? 0;
  const untilUs = events.at(-1)?.atUs ?? 0;
  const saved = ledger.gateway.filter(
    ({ action: own, outcome, sample }) =>
      outcome === 'finished' &&
      // A query that was sent before belongs to the phase of its send: that it lived through this one counts.
      (own === action || (sample.sentUs <= untilUs && sample.lastUs >= fromUs)),
  );
  return {
    retried: saved.filter((e) => e.sample.retries > 0).length,
    // A kill's own are those of its process; another kill's may well have been under way at the same time.
    rerun: saved.filter(
      (e) => e.flags.rerun === 'proven' && (kill === undefined || firstSuffix(e) === kill.suffix),
    ).length,
  };
}

function kindOf(events: readonly RunEvent[]): ActionSummary['kind'] {
  if (events.some((e) => e.type === 'roll-started')) return 'roll';
  const broken = events.some((e) => e.type === 'fault-in-force');
  const killed = events.some(
    (e) => e.type === 'cluster-killed' || (e.type === 'fault-started' && e.text.startsWith('kill ')),
  );
  if (broken) return 'fault';
  return killed ? 'kill' : 'start';
}

const toStep = (e: RunEvent) => ({ text: e.text, atMs: e.atUs / 1000, tookMs: e.tookMs ?? 0 });

/** A roll decides when the old cluster is stopped; when it is left running, when it is drained or taken out. */
function rollTarget(events: readonly RunEvent[], ledger: Ledger): Target | undefined {
  for (const type of ['cluster-stopping', 'cluster-stopped', 'cluster-drained', 'cluster-deactivated']) {
    const event = events.find((e) => e.type === type);
    if (event?.cluster) return livingAt(ledger, event.cluster, event.atUs);
  }
  return undefined;
}

function livingAt({ fleet }: Ledger, cluster: string, atUs: number): Target {
  const living = fleet.incarnations.findLast(
    (i) => i.cluster === cluster && i.fromUs <= atUs && atUs <= i.toUs,
  );
  return { cluster, group: fleet.groupOf.get(cluster) ?? '', suffix: living?.suffix ?? '', atUs };
}

/** Also what was run again elsewhere: it was in flight here, by the id that its client has kept. */
function openOn(ledger: Ledger, { suffix, atUs }: Target): readonly Entry[] {
  return ledger.gateway.filter(
    (e) =>
      inFlightOn(e.sample, e.suffix, suffix, atUs) ||
      (e.sample.rerunId !== '' && inFlightOn(e.sample, firstSuffix(e), suffix, atUs)),
  );
}

/** Of the process that gave the query its id. */
function firstSuffix({ sample }: Entry): string {
  return coordinatorSuffix(sample.queryId) ?? '';
}

function firstGoodMs(ledger: Ledger, { group, atUs }: Target): number | null {
  let firstUs = Number.POSITIVE_INFINITY;
  for (const { sample, outcome } of ledger.gateway) {
    if (outcome === 'finished' && sample.expectedGroup === group && sample.sentUs >= atUs)
      firstUs = Math.min(firstUs, sample.lastUs);
  }
  return Number.isFinite(firstUs) ? (firstUs - atUs) / 1000 : null;
}

/** Why an action proves nothing (method notes, section 4: queries in flight, and the fault proven). */
function doubt(
  kind: ActionSummary['kind'],
  kill: Kill | undefined,
  events: readonly RunEvent[],
  record: RunRecord,
  ledger: Ledger,
): string {
  if (kind === 'start' || kind === 'fault') return '';
  if (kind === 'kill') {
    if (kill === undefined) return 'no process was killed';
    const unproven = whyUnproven(kill, record.events, ledger);
    if (unproven !== '') return unproven;
    return openOn(ledger, kill).length > 0
      ? ''
      : 'nothing was in flight on the killed process: this kill tested nothing';
  }
  const open = openAtSwitch(events, ledger);
  // The gateway's own nodes take no query along; a canary that has grown to everything leaves nothing to drain.
  if (events.some((e) => e.type === 'gateway-node-up' || e.type === 'roll-share')) return '';
  if (open === null) return 'no cluster was taken out of service';
  return open > 0
    ? ''
    : `nothing was in flight on ${takenOut(events)?.cluster} when it was taken out: its drain tested nothing`;
}

const takenOut = (events: readonly RunEvent[]) =>
  events.find((e) => e.type === 'cluster-deactivated' && e.cluster !== undefined);

/** Queries that a roll's old cluster had to bring to their end; null when it was never taken out of service. */
function openAtSwitch(events: readonly RunEvent[], ledger: Ledger): number | null {
  const out = takenOut(events);
  if (out?.cluster === undefined) return null;
  const target = livingAt(ledger, out.cluster, out.atUs);
  return openOn(ledger, target).filter((e) => e.sample.submittedUs <= out.atUs).length;
}

/** Why a kill is not proven: the process's end must have been seen, and it must not have taken queries since. */
export function whyUnproven(kill: Kill, events: readonly RunEvent[], { fleet, entries }: Ledger): string {
  if (kill.suffix === '') return `the process of ${kill.cluster} was never asked for its suffix`;
  const gone = events.some(
    (e) =>
      (e.type === 'cluster-stopped' || e.type === 'cluster-lost') &&
      e.cluster === kill.cluster &&
      e.atUs >= kill.atUs,
  );
  const replaced = fleet.incarnations.some(
    (i) => i.cluster === kill.cluster && i.fromUs > kill.atUs && i.suffix !== kill.suffix,
  );
  if (!gone && !replaced) return `nobody saw the process of ${kill.cluster} end`;
  const later = entries.find(
    (e) =>
      e.suffix === kill.suffix && e.sample.sentUs > kill.atUs + STAMP_SLACK_US && e.outcome === 'finished',
  );
  return later === undefined ? '' : `the process of ${kill.cluster} finished a query sent after its kill`;
}
