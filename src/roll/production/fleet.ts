/** The clusters and the gateway of a roll in production, made of what its configuration says. */
import { join } from 'node:path';
import { failure } from '../../base/errors.ts';
import type { Cluster, FleetContext } from '../../fleet/clusters/cluster.ts';
import { commandsDriver } from '../../fleet/clusters/commands-driver.ts';
import { urlDriver } from '../../fleet/clusters/url-driver.ts';
import { type GatewayAdmin, gatewayAdmin, nodesAdmin } from '../../fleet/gateways/gateway-admin.ts';
import type { Minder } from '../../fleet/processes/minder.ts';
import { type ProductionRoll, secretEnvOf } from './config.ts';

const secretIn = (variable: string | undefined): string | undefined => {
  if (variable === undefined) return undefined;
  const value = process.env[variable];
  if (value === undefined)
    throw failure('USAGE', { detail: `the environment variable ${variable} is not set` });
  return value;
};

export function adminOfRoll({ gateway }: ProductionRoll): GatewayAdmin {
  const credentials = {
    user: gateway.user,
    password: secretIn(gateway.passwordEnv),
    token: secretIn(gateway.tokenEnv),
  };
  const at = (url: string) => gatewayAdmin(url.replace(/\/$/, ''), credentials);
  if (gateway.nodes.length === 0) return at(gateway.url);
  return nodesAdmin(gateway.nodes.map((url) => ({ admin: at(url), isUp: () => true })));
}

/** Nothing of a roll in production may end with it. */
const noMinder: Minder = { pid: 0, add() {}, remove() {}, addFolder() {}, close: async () => {} };

/**
 * Each cluster by its own commands; one without any is only looked at, at the address that the gateway has for it.
 * Throws ROLL_IMPOSSIBLE for a backend that the gateway does not know, or that is in another group.
 */
export async function clustersOfRoll(
  roll: ProductionRoll,
  names: readonly string[],
  admin: GatewayAdmin,
  signal: AbortSignal,
): Promise<readonly Cluster[]> {
  const context: FleetContext = {
    dir: join(roll.state, roll.group),
    minder: noMinder,
    startTimeoutMs: roll.healthyTimeout,
    seed: 0,
    serviceTableFile: '',
    secretEnv: secretEnvOf(roll),
    note: () => {},
    signal,
  };
  return Promise.all(names.map((name) => clusterOf(roll, name, admin, context)));
}

async function clusterOf(
  roll: ProductionRoll,
  name: string,
  admin: GatewayAdmin,
  context: FleetContext,
): Promise<Cluster> {
  const backend = await admin.backend(name);
  const impossible = (reason: string, hint: string) => failure('ROLL_IMPOSSIBLE', { reason, hint });
  if (backend === undefined)
    throw impossible(`the gateway has no backend ${name}`, 'Add it there first, inactive.');
  if (backend.routingGroup !== roll.group)
    throw impossible(
      `${name} is in routing group ${backend.routingGroup}, not in ${roll.group}`,
      'Check --group and the names.',
    );
  const { url = backend.proxyTo, start, stop, ...rest } = roll.clusters[name] ?? {};
  if ((start === undefined) !== (stop === undefined))
    throw impossible(`${name} has a command to start or to stop, but not both`, 'Give both, or none.');
  const spec = { name, group: roll.group, zone: '', active: backend.active, port: 0 };
  if (start === undefined || stop === undefined) {
    const { probeTable } = rest;
    return urlDriver({ ...spec, settings: { url, ...(probeTable && { probeTable }) } }, context);
  }
  // Durations are numbers by now; the driver reads them as they are written.
  const { timeLimit, ...commands } = rest;
  const limit = timeLimit === undefined ? {} : { timeLimit: `${timeLimit}ms` };
  return commandsDriver({ ...spec, settings: { url, start, stop, ...commands, ...limit } }, context);
}
