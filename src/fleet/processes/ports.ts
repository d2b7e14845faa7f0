/** Ports on loopback: free ones, and whether a wanted one is free. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { failure } from '../../base/errors.ts';

const HOST = '127.0.0.1';

/**
 * Below what systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere) and above what services commonly have. A standby's port
 * is claimed long before the standby listens: the load's own connections must not take it meanwhile.
 */
const LOWEST = 20_000;
const HIGHEST = 32_767;
const TRIES = 50;

const claimed = new Set<number>();

/**
 * The wanted port when it is free (PORT_IN_USE otherwise); for 0 a free one that nothing but a listener that asks for it gets, and that no
 * other claim of this process got.
 */
export async function claimPort(wanted: number, what: string): Promise<number> {
  if (wanted !== 0) return listenOnce(wanted, what);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (claimed.has(port)) continue;
    claimed.add(port);
    const free = await listenOnce(port, what).catch(() => undefined);
    if (free !== undefined) return free;
  }
  return listenOnce(0, what);
}

function listenOnce(port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(failure('PORT_IN_USE', { port, host: HOST, what }, error)));
    server.listen(port, HOST, () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}
