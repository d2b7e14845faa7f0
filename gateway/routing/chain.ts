/** The routers that a configuration asks for, in their order. */
import type { Log } from '../../src/base/log.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { createExternalRouter, type ExternalRouter } from './external/router.ts';
import { pinRouter } from './pin.ts';
import { headerRouter, type Router, type RuleDecider, rulesRouter } from './routers.ts';

export interface RouterChain {
  readonly routers: readonly Router[];
  /** Undefined where no service is asked. */
  readonly external: ExternalRouter | undefined;
}

export interface ChainInputs {
  /** The rules in force; undefined where there is no file. */
  readonly rules: (() => RuleDecider) | undefined;
  /** The routing group of a backend, by its name. */
  readonly groupOf: (backend: string) => string | undefined;
  readonly nowMs: () => number;
  readonly log: Log;
}

export type RouterName = 'rules' | 'external' | 'header';

/** Questions that may be under way and waiting for a connection, for each connection. */
const PENDING_PER_CONNECTION = 16;

/**
 * `routing.routers`, or the Java gateway's ways: rules alone (the header then counts only where a rule reads it), the
 * service and for want of its answer the header, or the header alone.
 */
export function routerNames({ routing, routingRules }: GatewayConfig): readonly RouterName[] {
  if (routing.routers !== undefined) return routing.routers;
  if (!routingRules.rulesEngineEnabled) return ['header'];
  if (routingRules.rulesType === 'FILE')
    return routingRules.rulesConfigPath === undefined ? ['header'] : ['rules'];
  return ['external', 'header'];
}

export function createChain(config: GatewayConfig, inputs: ChainInputs): RouterChain {
  const names = routerNames(config);
  const external = names.includes('external') ? externalRouter(config, inputs) : undefined;
  const byName: Readonly<Record<RouterName, Router | undefined>> = {
    rules: inputs.rules === undefined ? undefined : rulesRouter(inputs.rules),
    external: external?.router,
    header: headerRouter,
  };
  const { pin, undecided } = config.routing;
  const routers = [
    pin === undefined ? undefined : pinRouter(pin, inputs.groupOf),
    ...names.map((n) => byName[n]),
    undecided === 'refuse' ? refusingRouter : undefined,
  ];
  return { routers: routers.filter((r) => r !== undefined), external };
}

/** The last of a chain that shall not end in the default group. */
const refusingRouter: Router = () => ({
  group: undefined,
  by: 'nobody',
  refusal: ['no router named a routing group for this request'],
});

function externalRouter(config: GatewayConfig, { log, nowMs }: ChainInputs): ExternalRouter | undefined {
  const service = config.routingRules.rulesExternalConfiguration;
  if (service === undefined) return undefined;
  return createExternalRouter({
    url: service.urlPath,
    excludeHeaders: service.excludeHeaders,
    propagateErrors: service.propagateErrors,
    timeoutMs: service.timeout,
    maxAnswerBytes: service.maxAnswerSize,
    maxConnections: service.maxConnections,
    maxPending: service.maxConnections * PENDING_PER_CONNECTION,
    breakerFailures: service.breakerFailures,
    breakerOpenMs: service.breakerOpenFor,
    withoutGroup:
      config.routing.routers === undefined && config.routing.undecided === 'default' ? 'fallback' : 'next',
    nowMs,
    log,
  });
}
