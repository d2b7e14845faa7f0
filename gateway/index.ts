/** The gateway's one door for programs that embed it. */
import { randomInt } from 'node:crypto';
import { type Clock, systemClock } from '../src/base/clock.ts';
import { type Log, silentLog } from '../src/base/log.ts';
import { createAuth } from './auth/index.ts';
import { Fleet } from './backends/fleet.ts';
import { openCapture } from './capture/open.ts';
import { type LiveConfig, liveConfig, type Part } from './config/live/live-config.ts';
import { createReloads, type ReloadRecord, type ReloadTrigger } from './config/live/reloads.ts';
import type { LoadedConfig } from './config/load.ts';
import type { GatewayConfig } from './config/schema.ts';
import { CLOSE_PATIENCE_MS, endingOf } from './ending.ts';
import { createApp } from './http/app.ts';
import type { AdminContext } from './http/context.ts';
import { gatewayDoors } from './http/doors.ts';
import { Abandoned } from './proxy/abandoned.ts';
import type { ProxyContext, Reruns } from './proxy/context.ts';
import { newCounters } from './proxy/counters.ts';
import { newHandshakes } from './proxy/handshakes.ts';
import { createProxy } from './proxy/index.ts';
import type { Submission } from './proxy/submission.ts';
import { Line } from './queue/line.ts';
import { WaitingRoom } from './queue/waiting-room.ts';
import { HeldBytes } from './relay/held-bytes.ts';
import { type PoolLimits, Pools } from './relay/pools.ts';
import { RerunBudget } from './rerun/budget.ts';
import { KeptStatements } from './rerun/kept.ts';
import { type ReadOnlyCheck, readOnlyCheck } from './rerun/read-only.ts';
import { createAnalysis } from './routing/analysis.ts';
import { createBalancing } from './routing/balancing.ts';
import { createChain, routerNames } from './routing/chain.ts';
import { Lru } from './routing/lru.ts';
import { OpenQueries } from './routing/open-queries.ts';
import { Sticky } from './routing/sticky.ts';
import type { CompileOptions } from './rules/compile/text.ts';
import { rulesDifference } from './rules/difference.ts';
import { type RuleSet, type RuleSetOptions, ruleSet } from './rules/rule-set.ts';
import { loadRules, parseRules } from './rules/rules-file.ts';
import { followRules } from './rules/watch.ts';
import { openStore, type Store, storeFailure } from './store/store.ts';

export type { Log } from '../src/base/log.ts';
export { type Description, describeConfig, type Origin } from './config/describe.ts';
export { type Kept, keptIn, keptTexts } from './config/kept.ts';
export {
  type LoadedConfig,
  loadGatewayConfig,
  maskedConfig,
  parseGatewayConfig,
  readGatewayConfig,
  rulesFileIn,
} from './config/load.ts';
export { withoutEffectText } from './config/report.ts';
export { type GatewayConfig, type GatewayConfigInput, gatewaySchema } from './config/schema.ts';

/** A statement that waits to be run again and that nobody polls is dropped after so long. */
const ABANDON_RERUN_MS = 60_000;
/** Spooled segments whose cluster is remembered. */
const MOST_SEGMENTS = 50_000;
const RANDOM_STEPS = 2 ** 32;
const NO_RULES = ruleSet([], silentLog);

export interface GatewayOptions {
  readonly log: Log;
  /** Closes the gateway when aborted. */
  readonly signal?: AbortSignal;
  /** The file that the configuration came from: it is followed, and read again by `load`. */
  readonly file?: string;
  readonly load?: () => LoadedConfig;
  /** Shared by several gateways in one process; it is not closed with them. Absent: one of its own. */
  readonly readOnly?: ReadOnlyCheck;
}

export interface Gateway {
  readonly url: string;
  /** Reads configuration and rules again: all of it comes into force, or nothing. */
  reload(trigger: ReloadTrigger): Promise<ReloadRecord>;
  /** Stops listening, lets requests under way end for two seconds, and writes what is queued; `why` is for the log. */
  close(why?: string): Promise<void>;
}

/**
 * Starts a gateway; it listens when the promise resolves.
 * Throws `STORE_UNREACHABLE`, `PORT_IN_USE`, `FILE_MISSING`, or a `ProblemsError` for a rules file.
 */
export async function startGateway(config: GatewayConfig, options: GatewayOptions): Promise<Gateway> {
  const { log, signal } = options;
  const clock = systemClock;
  const live = liveConfig(config);
  const rules = followRules(live, rulesFileOf, (text, file, next) =>
    ruleSet(parseRules(text, file, ruleOptions(next)), log, ruleOptions(next)),
  );
  const auth = await createAuth(config, log, () => clock.nowMs());
  const store = await openStore(config.dataStore, log);
  const fleet = await Fleet.open(config, store, clock, log).catch(async (error: unknown) => {
    await store.close();
    throw storeFailure(store, error);
  });
  const open = openQueriesOver(fleet, store, clock);
  const capture = openCapture(config.capture, { clock, log, open });
  const pools = new Pools(poolLimits(config));
  live.join((next) => () => pools.retune(poolLimits(next)));
  const counters = newCounters();
  const ties = tiesOf(live, { open, pools, counters, log });
  const held = new HeldBytes(config.proxy.maxHeldSize);
  const queue = queueOf(live, { fleet, open, held, clock });
  const reruns = rerunsOf(live, open, clock, options.readOnly);
  const routing = await liveRouting(live, { fleet, open, rules, clock, log });
  live.join((next, now) => fleet.prepareChange(next, now));
  const reloads = createReloads({ ...options, live, compareRules: comparing(rules) });
  const ending = endingOf({ closeAll, underWay, clock, log });

  const ctx = withGetters(routing.inForce, {
    fleet,
    store,
    sticky: stickyOver(fleet, store, clock),
    analyse: routing.analysis?.analyse,
    open,
    pools,
    ...ties,
    held,
    ...queue,
    reruns,
    counters,
    capture,
    clock,
    log,
    isClosing: ending.hasBegun,
  }) satisfies ProxyContext;
  const app = createApp(withGetters(ctx, { auth, reloads, analysis: routing.analysis }));

  const doors = gatewayDoors(createProxy(ctx), app.server, config);

  async function closeAll(): Promise<void> {
    await doors.close(CLOSE_PATIENCE_MS);
    await app.close();
    for (const part of [reloads, open, queue.waitingRoom, ties.abandoned]) part.close();
    await capture?.close();
    await Promise.all([fleet.close(), pools.close(), routing.close(), reruns.readOnly.close()]);
    await store.close();
  }
  function underWay() {
    const { waiting } = queue.waitingRoom.counts();
    return { openQueries: open.size, queued: waiting, requests: doors.busy() };
  }

  try {
    await app.ready();
    routing.analysis?.warm();
    const url = await doors.listen();
    if (signal !== undefined) ending.follow(signal);
    return { url, reload: reloads.now, close: ending.close };
  } catch (error) {
    await ending.quietly();
    throw error;
  }
}

/** What is remembered of clients besides their queries. */
function tiesOf(
  live: LiveConfig,
  { counters, log, open, pools }: Pick<ProxyContext, 'counters' | 'log' | 'open' | 'pools'>,
): Pick<ProxyContext, 'abandoned' | 'handshakes' | 'segments'> {
  const abandoned = new Abandoned({
    graceMs: () => live.current().proxy.cancelAbandonedAfter,
    pools,
    log,
    onCancelled: (queryId) => {
      counters.abandoned++;
      open.end(queryId);
    },
  });
  return { abandoned, handshakes: newHandshakes(), segments: new Lru(MOST_SEGMENTS) };
}

function openQueriesOver(fleet: Fleet, store: Store, clock: Clock): OpenQueries {
  const open = new OpenQueries(() => clock.nowMs());
  fleet.incarnations.onGone((suffix, proxyTo) => open.lost(suffix, proxyTo));
  store.keepRowsOf((beforeMs) => open.begunBefore(clock.nowMs() - (clock.wallMs() - beforeMs)));
  return open;
}

function stickyOver(fleet: Fleet, store: Store, clock: Clock): Sticky {
  return new Sticky({
    incarnations: fleet.incarnations,
    recorded: (id) => store.backendOfQuery(id),
    recordedTransaction: (id) => store.backendOfTransaction(id),
    recordTransaction: (id, proxyTo) => store.recordTransaction(id, proxyTo),
    clock,
  });
}

/** Who waits, and those of them who have been told so. A place is free, or a backend changes: the next one looks. */
function queueOf(
  live: LiveConfig,
  { clock, fleet, held, open }: { fleet: Fleet; open: OpenQueries; held: HeldBytes; clock: Clock },
) {
  const line = new Line();
  open.onFreed = () => line.signal();
  fleet.onChange(() => line.signal());
  const waitingRoom = new WaitingRoom<Submission>({
    line,
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    abandonMs: () => live.current().routing.queue?.abandonAfter ?? ABANDON_RERUN_MS,
    onLeave: ({ heldBytes }) => held.give(heldBytes),
  });
  return { line, waitingRoom };
}

/** Statements that could be run again, kept for as long as their queries are open. */
function rerunsOf(
  live: LiveConfig,
  open: OpenQueries,
  clock: Clock,
  shared: ReadOnlyCheck | undefined,
): Reruns {
  const kept = new KeptStatements<Submission>(() => live.current().rerun.maxHeldSize);
  open.onEnded((queryId) => kept.drop(queryId));
  return {
    kept,
    budget: new RerunBudget(() => clock.nowMs()),
    readOnly:
      shared === undefined
        ? readOnlyCheck(live.current().requestAnalyzerConfig.clientsUseV2Format)
        : { ...shared, close: () => Promise.resolve() },
  };
}

interface RoutingParts {
  readonly fleet: Fleet;
  readonly open: OpenQueries;
  readonly rules: Part<RuleSet | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

type InForce = Pick<AdminContext, 'config' | 'rules' | 'routers' | 'externalRouter' | 'picker' | 'tunings'>;

/** What is made of the sections about routing, and made anew when they change. */
async function liveRouting(live: LiveConfig, { clock, fleet, log, open, rules }: RoutingParts) {
  const nowMs = () => clock.nowMs();
  const chain = live.part(
    ['routing', 'routingRules'],
    (config) =>
      createChain(config, {
        rules: rulesFileOf(config) === undefined ? undefined : () => rules.current() ?? NO_RULES,
        groupOf: (name) => fleet.registry.get(name)?.routingGroup,
        nowMs,
        log,
      }),
    (old) => void old.external?.close(),
  );
  const balancing = live.part(
    ['routing', 'backends'],
    (config) =>
      createBalancing(config, {
        fleet,
        openAt: (proxyTo) => open.load(proxyTo),
        random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
        nowMs,
      }),
    (old) => old.end(),
  );
  const inForce: InForce = {
    get config() {
      return live.current();
    },
    get rules() {
      return rules.current();
    },
    get routers() {
      return chain.current().routers;
    },
    get externalRouter() {
      return chain.current().external;
    },
    get picker() {
      return balancing.current().picker;
    },
    get tunings() {
      return balancing.current().tunings;
    },
  };
  const looksAtStatements = () =>
    chain.current().external !== undefined || rules.current()?.needsQuery === true;
  const analysis = await createAnalysis(live.current(), looksAtStatements, clock);
  const close = async () => {
    await Promise.all([chain.current().external?.close(), analysis?.close()]);
  };
  return { inForce, analysis, close };
}

function poolLimits({ proxy }: GatewayConfig): PoolLimits {
  return { connectMs: proxy.connectTimeout, silenceMs: proxy.requestTimeout };
}

/** Both records in one. What a change of the configuration exchanges stays a getter, read anew at every use. */
function withGetters<A extends object, B extends object>(a: A, b: B): A & B {
  const both = { ...Object.getOwnPropertyDescriptors(a), ...Object.getOwnPropertyDescriptors(b) };
  return Object.defineProperties({}, both) as A & B;
}

function comparing(rules: Part<RuleSet | undefined>) {
  return () => {
    const before = rules.current();
    return () => rulesDifference(before, rules.current());
  };
}

/** Reads the rules file that a configuration names; answers the rules' names in the order in which they fire. */
export function checkRules(config: GatewayConfig): string[] {
  const file = rulesFileOf(config);
  return file === undefined ? [] : checkRulesFile(file, ruleOptions(config));
}

/** The same for a rules file alone. Throws `FILE_MISSING` or a `ProblemsError`. */
export function checkRulesFile(file: string, options: CompileOptions = { analyzeRequest: true }): string[] {
  return ruleSet(loadRules(file, options), silentLog).rules.map((rule) => rule.name);
}

function ruleOptions({
  requestAnalyzerConfig,
  routingRules,
}: GatewayConfig): CompileOptions & RuleSetOptions {
  const { analyzeRequest } = requestAnalyzerConfig;
  return { analyzeRequest, firstMatch: routingRules.firstMatch };
}

/** The rules file that is asked, where rules are asked at all. */
function rulesFileOf(config: GatewayConfig): string | undefined {
  return routerNames(config).includes('rules') ? config.routingRules.rulesConfigPath : undefined;
}
