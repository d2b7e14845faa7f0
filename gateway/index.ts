/** The gateway's one door for programs that embed it. */
import { randomInt } from 'node:crypto';
import { type Clock, systemClock } from '../src/base/clock.ts';
import { errorText } from '../src/base/errors.ts';
import { type Log, silentLog } from '../src/base/log.ts';
import { createAuth } from './auth/index.ts';
import { Fleet } from './backends/fleet.ts';
import type { GatewayConfig } from './config/schema.ts';
import { createApp } from './http/app.ts';
import { gatewayListener, listenFailure } from './http/server.ts';
import { HeldBodies } from './proxy/body.ts';
import type { ProxyContext } from './proxy/context.ts';
import { newCounters } from './proxy/counters.ts';
import { createProxy } from './proxy/index.ts';
import { Pools } from './proxy/pools.ts';
import { createBalancing } from './routing/balancing.ts';
import { createChain, routerNames } from './routing/chain.ts';
import { OpenQueries } from './routing/open-queries.ts';
import { Sticky } from './routing/sticky.ts';
import type { CompileOptions } from './rules/compile/text.ts';
import { type RuleSetOptions, ruleSet } from './rules/rule-set.ts';
import { loadRules } from './rules/rules-file.ts';
import { type LiveRules, watchRules } from './rules/watch.ts';
import { openStore } from './store/store.ts';

export type { Log } from '../src/base/log.ts';
export { type Description, describeConfig, type Origin } from './config/describe.ts';
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

/** Requests under way get this long to end when the gateway is closed. */
const CLOSE_PATIENCE_MS = 2_000;
const RANDOM_STEPS = 2 ** 32;

export interface GatewayOptions {
  readonly log: Log;
  /** Closes the gateway when aborted. */
  readonly signal?: AbortSignal;
}

export interface Gateway {
  readonly url: string;
  /** Stops listening, lets requests under way end for two seconds, and writes what is queued. */
  close(): Promise<void>;
}

/**
 * Starts a gateway; it listens when the promise resolves.
 * Throws `STORE_UNREACHABLE`, `PORT_IN_USE`, `FILE_MISSING`, or a `ProblemsError` for a rules file.
 */
export async function startGateway(config: GatewayConfig, options: GatewayOptions): Promise<Gateway> {
  const { log, signal } = options;
  const clock = systemClock;
  const rules = liveRules(config, log);
  const auth = createAuth(config, log, () => clock.nowMs());
  const store = await openStore(config.dataStore, log);
  const fleet = await Fleet.open(config, store, clock, log).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const open = new OpenQueries(() => clock.nowMs());
  const pools = new Pools({ connectMs: config.proxy.connectTimeout, silenceMs: config.proxy.requestTimeout });
  const counters = newCounters();
  const { chain, balancing } = routingOf(config, { fleet, open, rules, clock, log });
  let closing: Promise<void> | undefined;

  const ctx: ProxyContext = {
    config,
    fleet,
    store,
    sticky: new Sticky({ incarnations: fleet.incarnations, recorded: (id) => store.backendOfQuery(id) }),
    routers: chain.routers,
    analyse: undefined,
    picker: balancing.picker,
    open,
    pools,
    held: new HeldBodies(config.proxy.maxHeldSize),
    counters,
    clock,
    log,
    isClosing: () => closing !== undefined,
  };
  const app = createApp({ ...ctx, auth, rules, externalRouter: chain.external });

  const listener = gatewayListener(createProxy(ctx), app.server, config);

  async function closeAll(): Promise<void> {
    await listener.close(CLOSE_PATIENCE_MS);
    await app.close();
    rules?.close();
    open.close();
    await Promise.all([fleet.close(), pools.close(), chain.external?.close()]);
    await store.close();
  }
  const close = () => {
    closing ??= closeAll();
    return closing;
  };

  const { host, port } = config.listen;
  try {
    await app.ready();
    const boundPort = await listener.listen(host, port);
    signal?.addEventListener('abort', () => closeOrTell(close, log), { once: true });
    return { url: urlOf(host, boundPort), close };
  } catch (error) {
    await close();
    throw listenFailure(error, host, port);
  }
}

interface RoutingParts {
  readonly fleet: Fleet;
  readonly open: OpenQueries;
  readonly rules: LiveRules | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

function routingOf(config: GatewayConfig, { clock, fleet, log, open, rules }: RoutingParts) {
  const nowMs = () => clock.nowMs();
  const chain = createChain(config, {
    rules: rules === undefined ? undefined : () => rules.current(),
    groupOf: (name) => fleet.registry.get(name)?.routingGroup,
    nowMs,
    log,
  });
  const balancing = createBalancing(config, {
    fleet,
    openAt: (proxyTo) => open.load(proxyTo),
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    nowMs,
  });
  return { chain, balancing };
}

function closeOrTell(close: () => Promise<void>, log: Log): void {
  close().catch((error: unknown) =>
    log.error({ reason: errorText(error) }, 'the gateway did not close cleanly'),
  );
}

/** Reads the rules file that a configuration names; answers the rules' names in the order in which they fire. */
export function checkRules(config: GatewayConfig): string[] {
  const { rulesConfigPath } = config.routingRules;
  if (rulesConfigPath === undefined || !routerNames(config).includes('rules')) return [];
  return checkRulesFile(rulesConfigPath, ruleOptions(config));
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

function liveRules(config: GatewayConfig, log: Log): LiveRules | undefined {
  const { rulesConfigPath, rulesRefreshPeriod } = config.routingRules;
  if (rulesConfigPath === undefined || !routerNames(config).includes('rules')) return undefined;
  return watchRules(rulesConfigPath, rulesRefreshPeriod, log, ruleOptions(config));
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
