/** One statement by one driver. */
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { CLIENT_PROFILES } from '../../src/replay/client-profile.ts';
import type { Driver, DriverContext, DriverOptions } from '../../src/replay/drivers/driver.ts';
import { DRIVERS, type DriverName } from '../../src/replay/drivers/drivers.ts';
import { oneQuery, type Step, scripted } from './scripted.ts';

export const NAMES = Object.keys(DRIVERS) as DriverName[];
export const SECRET = 'Bearer s3cr3t-t0ken';

export interface Options extends Partial<Omit<DriverContext, 'signal'>> {
  readonly driver?: Partial<DriverOptions>;
  readonly stop?: AbortController;
  /** Aborted with the arrival of this request. */
  readonly abortAt?: number;
}

export function create(name: DriverName, options: Partial<DriverOptions> = {}): Driver {
  const driver = DRIVERS[name].create({
    ...{ clock: systemClock, connections: 4, mayContact: () => true, signal: new AbortController().signal },
    ...options,
  });
  onTestFinished(() => driver.close());
  return driver;
}

export function context(url: string, options: Options = {}): DriverContext {
  const { driver: _, stop = new AbortController(), abortAt: __, ...others } = options;
  return {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), profile: CLIENT_PROFILES.strict },
    ...{ random: seededRandom(1, 'test'), url, target: '', traceToken: 'run-g0', queryTimeoutMs: 10_000 },
    ...others,
    signal: stop.signal,
  };
}

/** One statement through the script by one driver, which may speak to the script's own address alone. */
export async function play(name: DriverName, steps: readonly Step[], options: Options = {}) {
  const stop = new AbortController();
  const { base, seen } = await scripted(steps, (index) => {
    if (index === options.abortAt) stop.abort();
  });
  const mayContact = (url: URL) => url.origin === base;
  const driver = create(name, { mayContact, signal: stop.signal, ...options.driver });
  const sample = await driver.run(oneQuery(), 0, 0, context(base, { ...options, stop }));
  return { sample, seen };
}
