/** Ports on loopback: free ones, and whether a wanted one is free. */
import { createServer } from 'node:net';
import { failure } from '../../base/errors.ts';

const HOST = '127.0.0.1';

/** The wanted port when it is free (0: any free one); PORT_IN_USE otherwise. */
export function claimPort(wanted: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(failure('PORT_IN_USE', { port: wanted, host: HOST, what }, error)),
    );
    server.listen(wanted, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}
