/** The cluster drivers: what turns a cluster of the scenario into something that can be started. */
import type { z } from 'zod';
import type { Scenario } from '../../scenario/schema.ts';
import { stubConfigSchema } from '../../stub/config.ts';
import type { ClusterDriver } from './cluster.ts';
import { commandsDriver, commandsSettings } from './commands-driver.ts';
import { stubDriver } from './stub-driver.ts';
import { trinoDriver, trinoSettings } from './trino-driver.ts';
import { urlDriver, urlSettings } from './url-driver.ts';

interface DriverEntry {
  readonly prepare: ClusterDriver;
  /** Checks `fleet.settings` and a cluster's `settings`. */
  readonly settings: z.ZodObject;
  /** True when results say nothing about real Trino's speed. */
  readonly simulated: boolean;
}

export const CLUSTER_DRIVERS: Readonly<Record<Scenario['fleet']['driver'], DriverEntry>> = {
  stub: { prepare: stubDriver, settings: stubConfigSchema.omit({ port: true }).partial(), simulated: true },
  trino: { prepare: trinoDriver, settings: trinoSettings, simulated: false },
  commands: { prepare: commandsDriver, settings: commandsSettings, simulated: false },
  url: { prepare: urlDriver, settings: urlSettings, simulated: false },
};
