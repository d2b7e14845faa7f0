/** The drivers by the name that a scenario gives them (`load.driver`). */
import type { Driver, DriverOptions } from './driver.ts';
import { trinoClientDriver } from './trino-client.ts';
import { wireDriver } from './wire.ts';

export const DRIVERS = {
  wire: wireDriver,
  'trino-client': trinoClientDriver,
} as const satisfies Readonly<Record<string, (options: DriverOptions) => Driver>>;

export type DriverName = keyof typeof DRIVERS;
