/**
 * From the answers of one backend to its health. Ready means: /v1/info says `starting:false`, and after that a
 * table scan has returned a row (or, where no table can be found, some time has passed).
 */
import type { Clock } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import { formatMs } from '../../src/base/units.ts';
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import type { Pools } from '../relay/pools.ts';
import type { Incarnations } from './incarnations.ts';
import type { InfoAnswer } from './info.ts';
import { type ScanVerdict, type ScanWish, scan } from './scan.ts';
import type { Status } from './seen.ts';
import type { ProbeSettings } from './settings.ts';
import { runStatement, type StatementOutcome } from './statement.ts';

/** Every so many checks the scan is repeated on a backend that is well. */
const SCAN_EVERY = 10;
/** A cold coordinator's first scan took up to 11 s; so many answers' time is granted to one that is not ready yet. */
const PATIENCE = 6;

export interface ReadinessOptions {
  readonly name: string;
  readonly proxyTo: string;
  readonly health: ProbeSettings;
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
  readonly pools: Pools;
  readonly incarnations: Incarnations;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called before warm-up statements run, which can take long. */
  readonly onWarmUp: () => void;
}

export interface Judgement {
  readonly status: Status;
  readonly reason: string;
  /** What readiness is judged by; absent when this check did not decide it anew. */
  readonly readiness?: string;
}

type StartedInfo = InfoAnswer & { kind: 'info' };

/** Keeps what has been proved about the process behind one URL. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #ready = false;
  /** What the last scan said of a process that is ready; it stands until the next scan. */
  #readyReason = 'ready';
  #tables: readonly string[] = [];
  #checksSinceScan = 0;
  #startedAtMs: number | undefined;
  #lastUptimeMs: number | undefined;
  #warmedUp = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** What was proved does not count any more; the next check scans again. */
  forget(): void {
    this.#ready = false;
  }

  /** Learns which process answers, where something else judges its health. */
  noteProcess(answer: InfoAnswer): void {
    if (answer.kind === 'info' && !answer.starting) this.#learn(answer.coordinatorId);
  }

  /** Judges one answer of /v1/info, running scans as needed. Rejects only when the signal is aborted. */
  async judge(answer: InfoAnswer): Promise<Judgement> {
    const { probe } = this.#options.health;
    const trouble = troubleOf(answer);
    if (trouble !== undefined) {
      this.#ready = false;
      this.#startedAtMs = undefined;
      return { status: 'UNHEALTHY', reason: trouble };
    }
    if (probe === 'info-200') return plainly('/v1/info answers 200');
    if (answer.kind !== 'info')
      return { status: 'UNHEALTHY', reason: '/v1/info answers 200, but no server info' };
    if (answer.starting) {
      this.#newProcess();
      return { status: 'PENDING', reason: '/v1/info says starting' };
    }
    this.#learn(answer.coordinatorId);
    if (probe === 'info') return plainly('/v1/info says started');
    if (!answer.coordinator) return { status: 'UNHEALTHY', reason: '/v1/info says it is no coordinator' };
    return this.#judgeStarted(answer);
  }

  async #judgeStarted(info: StartedInfo): Promise<Judgement> {
    const { clock } = this.#options;
    if (info.uptimeMs !== undefined && info.uptimeMs < (this.#lastUptimeMs ?? 0)) this.#newProcess();
    this.#lastUptimeMs = info.uptimeMs;
    this.#startedAtMs ??= clock.nowMs();
    this.#checksSinceScan++;
    if (this.#ready && this.#checksSinceScan < SCAN_EVERY)
      return { status: 'HEALTHY', reason: this.#readyReason };
    this.#checksSinceScan = 0;
    return this.#afterScan(await scan((sql) => this.#ask(sql), this.#wish(), this.#tables));
  }

  async #afterScan(verdict: ScanVerdict): Promise<Judgement> {
    switch (verdict.kind) {
      case 'ready': {
        this.#tables = verdict.tables;
        await this.#becomeReady();
        const found = this.#wish().kind === 'table' ? '' : ' (found by itself)';
        return {
          status: 'HEALTHY',
          reason: 'ready',
          readiness: `a scan of ${verdict.tables.join(', ')}${found}`,
        };
      }
      case 'no-table':
        return this.#settle();
      case 'busy':
        if (!this.#ready) return { status: 'PENDING', reason: verdict.reason };
        this.#readyReason = `ready before; ${verdict.reason}`;
        return { status: 'HEALTHY', reason: this.#readyReason };
      case 'not-yet':
        this.#ready = false;
        return { status: 'PENDING', reason: verdict.reason };
      case 'failed':
        this.#ready = false;
        return { status: 'UNHEALTHY', reason: verdict.reason };
    }
  }

  async #settle(): Promise<Judgement> {
    const { clock, health } = this.#options;
    const wait = formatMs(health.settle);
    const readiness = `${wait} after starting:false (no table was found to scan)`;
    const since = clock.nowMs() - (this.#startedAtMs ?? clock.nowMs());
    if (!this.#ready && since < health.settle) {
      this.#checksSinceScan = 0;
      return { status: 'PENDING', reason: `no table was found to scan; settling for ${wait}`, readiness };
    }
    await this.#becomeReady();
    return { status: 'HEALTHY', reason: 'ready', readiness };
  }

  /** Warm-up statements run once per process, before it gets queries. A failing one is told and does no harm. */
  async #becomeReady(): Promise<void> {
    const { health, log, name, onWarmUp } = this.#options;
    if (!this.#warmedUp && health.warmUp.length > 0) {
      onWarmUp();
      for (const sql of health.warmUp) {
        const { kind } = await this.#ask(sql);
        if (kind !== 'finished') log.warn({ backend: name, outcome: kind }, 'a warm-up statement failed');
      }
    }
    this.#warmedUp = true;
    this.#ready = true;
    this.#readyReason = 'ready';
  }

  async #ask(sql: string): Promise<StatementOutcome> {
    const { health, pools, proxyTo, signal, timeoutMs } = this.#options;
    const totalMs = this.#ready ? timeoutMs : timeoutMs * PATIENCE;
    const limits = { answerMs: timeoutMs, totalMs, signal };
    const outcome = await runStatement({ proxyTo, user: health.user, pools }, sql, limits);
    if (outcome.kind !== 'unreachable' && outcome.queryId !== undefined) {
      this.#learn(coordinatorSuffix(outcome.queryId));
    }
    return outcome;
  }

  #learn(suffix: string | undefined): void {
    const { incarnations, log, name, proxyTo } = this.#options;
    if (suffix === undefined) return;
    const before = incarnations.currentOf(proxyTo);
    if (!incarnations.observe(proxyTo, suffix) || before === undefined) return;
    log.info({ backend: name, before, now: suffix }, 'backend is another coordinator process');
    this.#newProcess();
  }

  #newProcess(): void {
    this.#ready = false;
    this.#tables = [];
    this.#startedAtMs = undefined;
    this.#warmedUp = false;
  }

  #wish(): ScanWish {
    const { table, catalogs } = this.#options.health;
    if (table !== undefined) return { kind: 'table', table };
    return catalogs === undefined ? { kind: 'any' } : { kind: 'catalogs', catalogs };
  }
}

function plainly(fact: string): Judgement {
  return { status: 'HEALTHY', reason: fact, readiness: fact };
}

function troubleOf(answer: InfoAnswer): string | undefined {
  switch (answer.kind) {
    case 'unreachable':
      return `/v1/info: ${answer.reason}`;
    case 'status':
      return `/v1/info answered ${answer.status}`;
    case 'rejects-forwarded':
      return '/v1/info answered 406: set http-server.process-forwarded=true there, or forwarding: preserve-host here';
    default:
      return undefined;
  }
}
