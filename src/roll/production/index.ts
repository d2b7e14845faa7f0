/**
 * A real roll through a real gateway, as a scheduler calls it: the strategies of the rehearsal, with a journal in a
 * file and a lock, so that it can be killed at any moment and called again.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { errorText, failure } from '../../base/errors.ts';
import { jsonLine } from '../../base/lines.ts';
import { withoutSecrets } from '../../base/secrets.ts';
import { createFleet } from '../../fleet/fleet.ts';
import type { GatewayAdmin } from '../../fleet/gateways/gateway-admin.ts';
import { runTool } from '../../fleet/install/tool.ts';
import { eventLog } from '../../measure/record/event-log.ts';
import type { RunEvent } from '../../measure/record/events.ts';
import type { RollContext } from '../context.ts';
import { isForeseen, playPlan, RollStays, WayBackFailed } from '../plan.ts';
import { type ProductionRoll, secretEnvOf } from './config.ts';
import { eventsFileOf, lockFileOf, stateFileOf } from './files.ts';
import { adminOfRoll, clustersOfRoll } from './fleet.ts';
import { planOf, resolveKey } from './key.ts';
import { takeLock } from './lock.ts';
import { writeReport } from './report.ts';
import { fileJournal, forgetState, type RollKey, type RollState, readState } from './state.ts';

export interface RollOptions {
  readonly roll: ProductionRoll;
  readonly signal: AbortSignal;
  /** Hears of every step as it happens. */
  readonly onEvent: (event: RunEvent) => void;
}

export interface RollResult {
  /** `already`: there was nothing to do. */
  readonly outcome: 'done' | 'already' | 'interrupted';
  readonly key: RollKey;
  readonly state: RollState | undefined;
  /** Folder with the state, the events and what the commands printed. */
  readonly dir: string;
}

/** True when the new cluster serves, the old one does not, and there is nothing left to stop. */
async function isThere({ from, to, strategy }: RollKey, admin: GatewayAdmin): Promise<boolean> {
  if (strategy === 'restart') return false;
  const active = new Set(await admin.active());
  return active.has(to) && !active.has(from) && (await admin.state(to)).status === 'HEALTHY';
}

/**
 * Rolls, or takes up the roll that was interrupted. Throws ROLL_LOCKED, ROLL_UNFINISHED, ROLL_IMPOSSIBLE, and
 * ROLL_FAILED when the way back has been gone; an abort leaves the state for the next call.
 */
export async function runRoll(options: RollOptions): Promise<RollResult> {
  const { roll, signal } = options;
  const file = stateFileOf(roll);
  const lock = takeLock(lockFileOf(roll), roll.group);
  try {
    const admin = adminOfRoll(roll);
    const before = readState(file);
    const unfinished = before?.outcome === 'running' ? before : undefined;
    const key = await keyOf(roll, admin, unfinished);
    const dir = dirname(file);
    if (unfinished === undefined && (await isThere(key, admin)))
      return { outcome: 'already', key, state: undefined, dir };
    const state =
      unfinished === undefined ? newState(key) : { ...unfinished, resumed: unfinished.resumed + 1 };
    const journal = fileJournal(file, state, lock.isOurs);
    const context = await contextOf(options, key, admin, state.id);
    const report = (how: string) => writeReport(roll, journal.state(), how);
    try {
      await playPlan(planOf(roll, key), context, 0, journal);
      journal.end('done');
      report('done');
      return { outcome: 'done', key, state: journal.state(), dir };
    } catch (error) {
      if (signal.aborted) {
        report('interrupted: call it again to go on');
        return { outcome: 'interrupted', key, state: journal.state(), dir };
      }
      if (!isForeseen(error)) throw error;
      // What can go on stays to be gone on with: the stop that failed, or the way back.
      if (!(error instanceof RollStays || error instanceof WayBackFailed)) journal.end('failed');
      report(`failed: ${errorText(error)}`);
      const active = await admin.active().catch(() => undefined);
      throw failure('ROLL_FAILED', { group: roll.group, ...told(error, journal.state(), active) }, error);
    }
  } finally {
    lock.release();
  }
}

/** The reason, and how things stand: which clusters take queries is the gateway's word, not a hope. */
function told(
  error: unknown,
  { back, key }: RollState,
  active: readonly string[] | undefined,
): { reason: string; hint: string } {
  const seen =
    active === undefined
      ? 'The gateway does not say which clusters are active.'
      : `Active now: ${active.length === 0 ? 'no cluster at all' : active.join(', ')}.`;
  const stands =
    error instanceof RollStays
      ? `${key.to} serves and ${key.from} is drained; the same command tries again what is left.`
      : error instanceof WayBackFailed
        ? 'Put the fleet right; the same command goes on with the way back, --abandon forgets the roll.'
        : back === null
          ? 'Nothing was changed.'
          : `The roll was taken back; ${key.to} was left running, to be looked at.`;
  return { reason: errorText(error), hint: `${stands} ${seen}` };
}

/** The one that was begun, when it is the one that is meant: with `between` its direction must not turn round. */
async function keyOf(
  roll: ProductionRoll,
  admin: GatewayAdmin,
  unfinished: RollState | undefined,
): Promise<RollKey> {
  if (unfinished === undefined) return resolveKey(roll, admin);
  const { key } = unfinished;
  const isPlace = key.gateway === roll.gateway.url && key.group === roll.group;
  const meant =
    roll.between === undefined
      ? roll.from === key.from && (roll.to ?? roll.from) === key.to
      : roll.between.includes(key.from) && roll.between.includes(key.to);
  if (!isPlace || !meant || key.strategy !== roll.strategy) {
    const { from, gateway, strategy, to } = key;
    throw failure('ROLL_UNFINISHED', { group: key.group, from, to, gateway, strategy });
  }
  return key;
}

function newState(key: RollKey): RollState {
  const now = new Date().toISOString();
  const id = `${now.slice(0, 19).replaceAll(':', '-')}-${randomUUID().slice(0, 4)}`;
  const begun = { startedAt: now, updatedAt: now, resumed: 0, steps: [], back: null };
  return { version: 1, id, key, outcome: 'running', ...begun };
}

async function contextOf(
  { roll, signal, onEvent }: RollOptions,
  key: RollKey,
  admin: GatewayAdmin,
  id: string,
): Promise<RollContext> {
  const clock = systemClock;
  const file = eventsFileOf(roll, id);
  mkdirSync(dirname(file), { recursive: true });
  // Times count from the epoch: a roll may be taken up by another process.
  const emit = eventLog(clock, clock.nowMs() - clock.wallMs(), (event) => {
    appendFileSync(file, `${jsonLine(event)}\n`);
    onEvent(event);
  });
  const names = [...new Set([key.from, key.to])];
  const clusters = await clustersOfRoll(roll, names, admin, signal);
  const fleet = createFleet(clusters, { clock, emit, signal, learnSuffixes: false });
  await fleet.attach();
  return {
    ...{ clock, emit, fleet, admin, signal },
    healthyTimeoutMs: roll.healthyTimeout,
    adminPatienceMs: roll.adminPatience,
    detectionMs: 0,
    check: checkOf(roll, signal),
  };
}

const CHECK_SAID_CHARS = 200;

function checkOf(roll: ProductionRoll, signal: AbortSignal): RollContext['check'] {
  const { check } = roll;
  if (check === undefined) return undefined;
  const [program = '', ...args] = typeof check === 'string' ? ['sh', '-c', check] : check;
  const { env, mask } = withoutSecrets(secretEnvOf(roll));
  return async (cluster) => {
    const { code, output } = await runTool(program, args, {
      env: { ...env, REHEARSE_CLUSTER: cluster },
      signal,
    });
    if (code === 0) return undefined;
    const said = mask(output.trim()).slice(-CHECK_SAID_CHARS);
    return `the check ended with exit ${code ?? 'by a signal'}: ${said}`;
  };
}

/** Forgets an unfinished roll, when the fleet has been put right by hand. Throws ROLL_LOCKED. */
export function abandonRoll(roll: ProductionRoll): RollState | undefined {
  const file = stateFileOf(roll);
  const lock = takeLock(lockFileOf(roll), roll.group);
  try {
    const state = readState(file);
    forgetState(file);
    return state;
  } finally {
    lock.release();
  }
}
