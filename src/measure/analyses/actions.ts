/** What each action of the timeline did to users: its steps, and the drops that belong to it. */

import { coordinatorSuffix } from '../../trino/query-id.ts';
import { inFlightOn } from '../ledger/blame.ts';
import { concernsOf } from '../ledger/concerns.ts';
import type { Kill } from '../ledger/incarnations.ts';
import type { Entry, Ledger } from '../ledger/ledger.ts';
import { type Places, placesOf, recordsAt } from '../record/columns.ts';
import type { RunEvent } from '../record/events.ts';
import type { RunRecord } from '../record/run-info.ts';
import { sorted } from '../stats/order.ts';

import type { Blame } from '../summary/outcome.ts';
import type { ActionStep, ActionSummary } from '../summary/summary.ts';

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
  const kills = ledger.fleet.kills.filter((k) => k.kind === 'kill' && k.action === action);
  const targets = kills.length > 0 ? kills : rollTargets(events, ledger);
  const { action: actionOf, dropped } = ledger.entries;
  const drops = recordsAt(
    ledger.entries,
    ledger.gateway.filter((place) => dropped.at(place) && actionOf.at(place) === action),
  );
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
    exposed: targets.reduce((sum, target) => sum + openOn(ledger, target).length, 0),
    drops: drops.length,
    avoidable: blamed('avoidable'),
    unavoidable: blamed('unavoidable'),
    detection: blamed('detection'),
    ...savedIn(ledger, action, events, kills),
    burstMs: times.length === 0 ? null : ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000,
    firstGoodMs: worst(targets.map((target) => firstGoodMs(ledger, target))),
    doubt: doubt(kind, kills, events, record, ledger),
  };
}

/** The longest of some times; null where one never came, or there is none. */
function worst(times: readonly (number | null)[]): number | null {
  const known = times.filter((ms) => ms !== null);
  return known.length === 0 || known.length < times.length ? null : Math.max(...known);
}

/** Queries that were under way during an action and finished only because somebody tried again. */
function savedIn(
  ledger: Ledger,
  action: number,
  events: readonly RunEvent[],
  kills: readonly Kill[],
): Pick<ActionSummary, 'retried' | 'rerun'> {
  const fromUs = events[0]?.atUs ?? 0;
  const untilUs = events.at(-1)?.atUs ?? 0;
  const { action: actionOf, flags, outcome } = ledger.entries;
  const { expectedGroup, lastUs, queryId, retries, sentUs } = ledger.samples;
  const concerns = concernsOf(events, ledger.fleet);
  const isConcerned = (i: number) =>
    concerns(action, expectedGroup.at(i), ledger.entries.owner.at(i)?.group) ||
    concerns(action, expectedGroup.at(i), ledger.fleet.bySuffix.get(suffixOf(queryId.at(i)))?.group);
  const saved = ledger.gateway.filter(
    (i) =>
      outcome.at(i) === 'finished' &&
      // A query that was sent before belongs to the phase of its send: that it lived through this one counts.
      (actionOf.at(i) === action || (sentUs.at(i) <= untilUs && lastUs.at(i) >= fromUs && isConcerned(i))),
  );
  // A re-run belongs to the kill of the process that lost the query, whatever else was under way at the time.
  const killed = (among: readonly Kill[], i: number) =>
    among.some((kill) => kill.suffix !== '' && kill.suffix === suffixOf(queryId.at(i)));
  const isOurs = (i: number) =>
    kills.length > 0
      ? killed(kills, i)
      : !killed(
          ledger.fleet.kills.filter((k) => k.kind === 'kill'),
          i,
        );
  return {
    retried: saved.filter((i) => retries.at(i) > 0).length,
    rerun: saved.filter((i) => flags.at(i).rerun === 'proven' && isOurs(i)).length,
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

const toStep = (e: RunEvent): ActionStep => ({
  ...{ type: e.type, text: e.text, atMs: e.atUs / 1000, tookMs: e.tookMs ?? 0 },
});

/** A roll decides when the old cluster is stopped; when it is left running, when it is drained or taken out. */
function rollTargets(events: readonly RunEvent[], ledger: Ledger): readonly Target[] {
  for (const type of ['cluster-stopping', 'cluster-stopped', 'cluster-drained', 'cluster-deactivated']) {
    const event = events.find((e) => e.type === type);
    if (event?.cluster) return [livingAt(ledger, event.cluster, event.atUs)];
  }
  return [];
}

function livingAt({ fleet }: Ledger, cluster: string, atUs: number): Target {
  const living = fleet.incarnations.findLast(
    (i) => i.cluster === cluster && i.fromUs <= atUs && atUs <= i.toUs,
  );
  return { cluster, group: fleet.groupOf.get(cluster) ?? '', suffix: living?.suffix ?? '', atUs };
}

/** Also what was run again elsewhere: it was in flight here, by the id that its client has kept. */
function openOn({ entries, gateway, samples }: Ledger, { suffix, atUs }: Target): Places {
  const isOpen = ({ sample, suffix: own }: Entry) =>
    inFlightOn(sample, own, suffix, atUs) ||
    (sample.rerunId !== '' && inFlightOn(sample, suffixOf(sample.queryId), suffix, atUs));
  // Most had ended before; those need not be looked at.
  return gateway.filter((place) => samples.lastUs.at(place) >= atUs && isOpen(entries.at(place)));
}

/** Of the process that gave the query its first id. */
function suffixOf(queryId: string): string {
  return coordinatorSuffix(queryId) ?? '';
}

function firstGoodMs(ledger: Ledger, { group, atUs }: Target): number | null {
  let firstUs = Number.POSITIVE_INFINITY;
  const { expectedGroup, lastUs, sentUs } = ledger.samples;
  const { outcome } = ledger.entries;
  for (const i of ledger.gateway) {
    if (sentUs.at(i) >= atUs && outcome.at(i) === 'finished' && expectedGroup.at(i) === group)
      firstUs = Math.min(firstUs, lastUs.at(i));
  }
  return Number.isFinite(firstUs) ? (firstUs - atUs) / 1000 : null;
}

/** Why an action proves nothing (method notes, section 4: queries in flight, and the fault proven). */
function doubt(
  kind: ActionSummary['kind'],
  kills: readonly Kill[],
  events: readonly RunEvent[],
  record: RunRecord,
  ledger: Ledger,
): string {
  if (kind === 'start' || kind === 'fault') return '';
  if (kind === 'kill') {
    if (kills.length === 0) return 'no process was killed';
    const unproven = kills.map((kill) => whyUnproven(kill, record.events, ledger)).find((why) => why !== '');
    if (unproven !== undefined) return unproven;
    return kills.some((kill) => openOn(ledger, kill).length > 0)
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
  return openOn(ledger, target).filter((place) => ledger.samples.submittedUs.at(place) <= out.atUs).length;
}

/** Why a kill is not proven: the process's end must have been seen, and it must not have taken queries since. */
export function whyUnproven(kill: Kill, events: readonly RunEvent[], ledger: Ledger): string {
  const { fleet, entries, samples } = ledger;
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
  const later = placesOf(entries).some(
    (i) =>
      samples.sentUs.at(i) > kill.atUs + STAMP_SLACK_US &&
      entries.suffix.at(i) === kill.suffix &&
      entries.outcome.at(i) === 'finished',
  );
  return later ? `the process of ${kill.cluster} finished a query sent after its kill` : '';
}
