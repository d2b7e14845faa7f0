/** Was the instrument fit? Each check names what it saw, its limit, and what to do (method notes, section 7). */

import { formatCount, formatMs, formatShare } from '../../base/units.ts';
import { whyUnproven } from '../analyses/actions.ts';
import { countOutcomes, isComplete } from '../ledger/counts.ts';
import { isUntold } from '../ledger/fates.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { numbersAt, placesOf } from '../record/columns.ts';
import type { RunInfo, RunRecord } from '../record/run-info.ts';
import { ARMS } from '../record/sample.ts';
import type { Samples } from '../record/samples.ts';
import { sorted } from '../stats/order.ts';
import { quantile } from '../stats/quantile.ts';
import type { Routing, ValidityCheck } from '../summary/summary.ts';
import { calmer } from './calmer.ts';
import { hostChecks } from './host.ts';
import { impossibleTimes } from './times.ts';

const WINDOW_MS = 10_000;
const LEAST_ACHIEVED = 0.99;
const MOST_CONNECTION_WAIT_MS = 1;
const MOST_EVENT_LOOP = 0.85;
const WARN_EVENT_LOOP = 0.7;
/** So long the generator may stand still; longer where later starts are tolerated (`judge.lagMax`). */
const LONGEST_STANDSTILL_MS = 1_000;
const WARN_EVENT_LOOP_DELAY_MS = 10;
const WARN_GC_SHARE = 0.02;
const WARN_GC_MS = 20;
const MOST_CLOCK_STEP_MS = 5;

/** How late the generator was. */
export interface Lateness {
  readonly n: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Sent less intended, over everything that was sent, both arms. */
export function lateness(samples: Samples): Lateness {
  const { intendedUs, sentUs } = samples;
  const sent = placesOf(samples).filter((place) => sentUs.at(place) >= 0);
  return spread(numbersAt(sent, (place) => sentUs.at(place) - intendedUs.at(place)));
}

function spread(us: Float64Array): Lateness {
  const ascending = sorted(us);
  const n = ascending.length;
  if (n === 0) return { n, p99Ms: 0, maxMs: 0 };
  return { n, p99Ms: quantile(ascending, 0.99) / 1000, maxMs: (ascending[n - 1] ?? 0) / 1000 };
}

/** All checks that the record allows, the breaking ones first. */
export function validityChecks(
  record: RunRecord,
  ledger: Ledger,
  routing: Routing,
  late: Lateness,
): readonly ValidityCheck[] {
  return [
    completeness(record, ledger),
    ...unchanged(record),
    timesInOrder(record),
    ...allShards(record.info),
    neverSent(record.info, ledger),
    ...lag(record.info, late),
    ...(record.info.stopped === undefined ? [achieved(ledger, record.info)] : []),
    connectionWait(record.info, ledger),
    knownProcesses(routing),
    ...toldOfAll(record, ledger),
    provenFaults(record, ledger),
    ...generator(record.info),
  ];
}

type Severity = ValidityCheck['severity'];

const check = (
  name: string,
  severity: Severity,
  ok: boolean,
  observed: string,
  limit: string,
  advice: string,
): ValidityCheck => ({ name, severity, ok, observed, limit, advice });

function completeness({ events, info }: RunRecord, ledger: Ledger): ValidityCheck {
  const planned = ARMS.reduce((sum, arm) => sum + (info.planned[arm] ?? 0), 0);
  const have = ledger.entries.length;
  const { stopped } = info;
  const ended = info.interrupted ? ', interrupted' : isComplete(info) ? '' : ', never closed';
  const lacking = info.written === undefined ? 0 : info.written.events - events.length;
  const lost =
    lacking === 0
      ? ''
      : `, ${formatCount(events.length)} of ${formatCount(info.written?.events ?? 0)} events`;
  const how = `${lost}${stopped === undefined ? ended : `, stopped: ${stopped}`}`;
  return check(
    'complete record',
    // Stopped because a gate was lost: what is missing cannot make it whole again.
    stopped === undefined || lost !== '' ? 'invalid' : 'warn',
    have === planned && how === '',
    `${formatCount(have)} of ${formatCount(planned)} planned queries${how}`,
    'every planned query once, run closed in order',
    'Run again and let it come to its end.',
  );
}

export const SAMPLES_AS_WRITTEN = 'samples as written';

/** Only for records that tell their digest. */
function unchanged({ info: { written }, samplesDoubt }: RunRecord): readonly ValidityCheck[] {
  const digest = written?.samplesSha256;
  if (digest === undefined) return [];
  return [
    check(
      SAMPLES_AS_WRITTEN,
      'invalid',
      samplesDoubt === undefined,
      samplesDoubt ?? `SHA-256 ${digest.slice(0, 12)}…`,
      'samples.parquet has the digest that the run wrote down',
      'The samples were damaged or changed after the run: take the file from where it was written, or run again.',
    ),
  ];
}

function timesInOrder({ samples }: RunRecord): ValidityCheck {
  const impossible = impossibleTimes(samples);
  return check(
    'times in order',
    'invalid',
    impossible === '',
    impossible || `${formatCount(samples.length)} queries`,
    'no query ends before it was sent, or is sent before its time',
    'The record was damaged or changed after the run: take it from where it was written, or run again.',
  );
}

function neverSent(info: RunInfo, ledger: Ledger): ValidityCheck {
  const { interrupted, stopped } = info;
  const count = countOutcomes(ledger, placesOf(ledger.entries))['never-sent'];
  const advice = interrupted
    ? 'The run was interrupted: let it come to its end.'
    : `The generator could not keep up: ${calmer(info)}, or give it more CPU.`;
  return check(
    'never sent',
    stopped === undefined ? 'invalid' : 'warn',
    count === 0,
    formatCount(count),
    '0',
    advice,
  );
}

function lag(info: RunInfo, { maxMs, p99Ms }: Lateness): readonly ValidityCheck[] {
  const { judge } = info;
  const of = (name: string, ms: number, limitMs: number, key: string) => {
    const advice = `The generator sent late: ${calmer(info)}, free the machine, or raise judge.${key} if that is tolerable.`;
    return check(name, 'invalid', ms <= limitMs, formatMs(ms), `≤ ${formatMs(limitMs)}`, advice);
  };
  return [
    of('schedule lag p99', p99Ms, judge.lagP99LimitMs, 'lagP99'),
    of('schedule lag max', maxMs, judge.lagMaxLimitMs, 'lagMax'),
  ];
}

function allShards({ shards }: RunInfo): readonly ValidityCheck[] {
  if (shards === undefined) return [];
  const lost = shards.lost.map(({ part, share }) => `${part} (${formatShare(share)} of the plan)`);
  const missing = lost.length === 0 ? '' : `, lost: ${lost.join(', ')}`;
  const observed = `${shards.present.length} of ${shards.of} shards${missing}`;
  const advice = 'Load was missing while it was measured: find the record of the lost shard, or run again.';
  return [check('all shards', 'invalid', lost.length === 0, observed, 'every shard', advice)];
}

/**
 * Of the queries intended in each 10 s, the share that had left by the end of that window, give or take the
 * permitted lag (a query intended at the window's end is not late when it leaves a moment after).
 */
function achieved(ledger: Ledger, info: RunInfo): ValidityCheck {
  const { lagMaxLimitMs } = info.judge;
  const windows = new Map<number, { planned: number; sent: number }>();
  const { intendedUs, length, sentUs } = ledger.samples;
  for (let place = 0; place < length; place++) {
    const index = Math.floor(intendedUs.at(place) / 1000 / WINDOW_MS);
    const window = windows.get(index) ?? { planned: 0, sent: 0 };
    windows.set(index, window);
    window.planned += 1;
    const byUs = ((index + 1) * WINDOW_MS + lagMaxLimitMs) * 1000;
    if (sentUs.at(place) >= 0 && sentUs.at(place) <= byUs) window.sent += 1;
  }
  let worst = 1;
  for (const { planned, sent } of windows.values()) worst = Math.min(worst, sent / planned);
  return check(
    'achieved rate, worst 10 s',
    'invalid',
    worst >= LEAST_ACHIEVED,
    formatShare(worst),
    `≥ ${formatShare(LEAST_ACHIEVED)}`,
    `The generator did not reach the planned rate: ${calmer(info)}, or free the machine.`,
  );
}

function connectionWait({ judge }: RunInfo, ledger: Ledger): ValidityCheck {
  const limitMs = judge.connectionWaitLimitMs ?? MOST_CONNECTION_WAIT_MS;
  const { releasedUs, sentUs } = ledger.samples;
  const sent = placesOf(ledger.samples).filter((i) => sentUs.at(i) >= 0 && releasedUs.at(i) >= 0);
  const { p99Ms } = spread(numbersAt(sent, (i) => sentUs.at(i) - releasedUs.at(i)));
  return check(
    'wait for a connection p99',
    'invalid',
    p99Ms <= limitMs,
    formatMs(p99Ms),
    `≤ ${formatMs(limitMs)}`,
    'Queries queued inside the client: allow it more connections (load.connections).',
  );
}

function knownProcesses({ unknownSuffix }: Routing): ValidityCheck {
  return check(
    'coordinator known for every query id',
    'invalid',
    unknownSuffix === 0,
    `${formatCount(unknownSuffix)} ids of unknown coordinators`,
    '0',
    'A coordinator was not asked for its suffix, or the gateway uses clusters that the scenario does not name.',
  );
}

/** Where event listeners tell of every query, one that they left out means that others may be missing too. */
function toldOfAll({ info }: RunRecord, ledger: Ledger): readonly ValidityCheck[] {
  const { doubt, evidence } = ledger.found;
  const wasAsked = info.evidence !== undefined && info.evidence !== 'none';
  if (wasAsked && doubt !== '') {
    const advice =
      'Duplicates, orphans and re-runs cannot be told from this record, so no gate on them passes.';
    return [check('the clusters’ own word', 'warn', false, doubt, 'all that they told', advice)];
  }
  if (evidence !== 'listener') return [];
  const untold = ledger.gateway.filter((place) => isUntold(ledger.entries.at(place))).length;
  return [
    check(
      'clusters told of what they answered',
      'warn',
      untold === 0,
      `${formatCount(untold)} finished queries untold`,
      '0',
      'Duplicates and orphans may be missing too. A killed coordinator takes the last events with it; a busy run takes them in late.',
    ),
  ];
}

function provenFaults(record: RunRecord, ledger: Ledger): ValidityCheck {
  const kills = ledger.fleet.kills.filter((k) => k.kind === 'kill');
  const unproven = kills.map((k) => whyUnproven(k, record.events, ledger)).filter((why) => why !== '');
  return check(
    'kills proven',
    'invalid',
    unproven.length === 0,
    `${kills.length - unproven.length} of ${kills.length}${unproven[0] === undefined ? '' : ` (${unproven[0]})`}`,
    'all',
    'Look at the events of the kill: the process has to be gone before the judge can say what was lost with it.',
  );
}

function generator(info: RunInfo): readonly ValidityCheck[] {
  const { generator: health, judge } = info;
  if (health === null) {
    const advice = 'The record ends before the generator wrote its own figures.';
    return [check('generator health', 'warn', false, 'not recorded', 'recorded', advice)];
  }
  const busy = `The generator was short of CPU: ${calmer(info)}, give it threads (load.threads), or free the machine.`;
  const most = (
    name: string,
    severity: Severity,
    value: number,
    limit: number,
    text: (x: number) => string,
    advice: string,
  ) => check(name, severity, value <= limit, text(value), `≤ ${text(limit)}`, advice);
  const utilisation = health.eventLoopUtilisationMax;
  const { threads = 1 } = health;
  const shared = `${threads}; each figure is that of the worst`;
  const { eventLoopLimit = MOST_EVENT_LOOP, clockStepLimitMs = MOST_CLOCK_STEP_MS } = judge;
  return [
    ...(threads > 1 ? [check('threads of the load', 'warn', true, shared, 'any number', '')] : []),
    most('event loop busy, worst 10 s', 'invalid', utilisation, eventLoopLimit, formatShare, busy),
    most('event loop busy, comfortable', 'warn', utilisation, WARN_EVENT_LOOP, formatShare, busy),
    most(
      'event loop delay p99',
      'warn',
      health.eventLoopDelayP99Ms,
      WARN_EVENT_LOOP_DELAY_MS,
      formatMs,
      busy,
    ),
    // A generator that stood still sent nothing late in a closed loop, and called its own pause the system's.
    most(
      'event loop delay max',
      'invalid',
      health.eventLoopDelayMaxMs,
      Math.max(judge.lagMaxLimitMs, LONGEST_STANDSTILL_MS),
      formatMs,
      busy,
    ),
    most('garbage collection, share', 'warn', health.gcShare, WARN_GC_SHARE, formatShare, busy),
    most('garbage collection, longest', 'warn', health.gcMaxMs, WARN_GC_MS, formatMs, busy),
    most(
      'clock step',
      'invalid',
      Math.abs(health.clockStepMs),
      clockStepLimitMs,
      formatMs,
      'The wall clock was set during the run: keep time synchronisation from stepping it.',
    ),
    ...(health.host === undefined ? [] : hostChecks(health.host, calmer(info))),
  ];
}
