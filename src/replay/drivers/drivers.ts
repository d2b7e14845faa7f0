/** The drivers by the name that a scenario gives them (`load.driver`). */
import type { DriverEntry } from './driver.ts';
import { readClient, trinoClientDriver } from './trino-client.ts';
import { wireDriver } from './wire.ts';

export const DRIVERS = {
  wire: { create: wireDriver },
  'trino-client': { create: trinoClientDriver, readIn: readClient },
} as const satisfies Readonly<Record<string, DriverEntry>>;

export type DriverName = keyof typeof DRIVERS;

/** Resolves when a driver can carry statements without a wait of its own. */
export async function readInDriver(name: DriverName = 'wire'): Promise<void> {
  const entry: DriverEntry = DRIVERS[name];
  await entry.readIn?.();
}
