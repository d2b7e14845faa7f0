/** The driver that times are taken with: the protocol by our own lean client, with the retries of the client that is asked for. */
import { runStatement } from '../statement.ts';
import { createWire } from '../wire.ts';
import type { Driver, DriverOptions } from './driver.ts';

export function wireDriver(options: DriverOptions): Driver {
  const wire = createWire(options);
  return {
    run: (query, intendedUs, releasedUs, context) =>
      runStatement(query, intendedUs, releasedUs, { ...context, wire }),
    close: () => wire.close(),
  };
}
