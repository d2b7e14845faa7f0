/** The gateways a run can put under test: one small driver each, listed in one table. */
import type { Scenario } from '../../scenario/schema.ts';
import type { Cluster, FleetContext } from '../clusters/cluster.ts';
import { startBundled } from './bundled-gateway.ts';
import { useForeign, usePlainProxy } from './foreign-gateway.ts';
import type { AdminCredentials, GatewayAdmin } from './gateway-admin.ts';
import type { GatewayNodes, NodeEvent } from './gateway-nodes.ts';
import { startJava } from './java-gateway.ts';

export interface GatewayUnderTest {
  /** For people: `bundled gateway`, the URL of a foreign one, or `none (straight to the clusters)`. */
  readonly title: string;
  /** Where statements go; undefined when there is no gateway. */
  readonly url: string | undefined;
  readonly admin: GatewayAdmin | undefined;
  /** Its processes, where they can be touched one by one. */
  readonly nodes: GatewayNodes | undefined;
  /** Its SQLite file, where its store is one. */
  readonly storeFile: string | undefined;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly name: string;
  /** The gateway's configuration as in its own file, without backends. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Folder that relative paths in the configuration count from. */
  readonly configDir: string;
  readonly backends: readonly { readonly cluster: Cluster; readonly active: boolean }[];
  readonly url: string | undefined;
  /** Where the admin API is, when not at `url`. */
  readonly adminUrl?: string | undefined;
  readonly credentials?: AdminCredentials;
  /** Processes of a bundled gateway. */
  readonly nodes: number;
  /** Hears of what happens to its processes. */
  readonly onNode: NodeEvent;
}

type Driver = (options: GatewayOptions, context: FleetContext) => Promise<GatewayUnderTest>;

export const GATEWAY_DRIVERS: Readonly<Record<Scenario['gateway']['driver'], Driver>> = {
  bundled: startBundled,
  java: startJava,
  url: useForeign,
  proxy: usePlainProxy,
  none: async () => ({
    title: 'none (straight to the clusters)',
    ...{ url: undefined, admin: undefined, nodes: undefined, storeFile: undefined },
    stop: async () => {},
  }),
};
