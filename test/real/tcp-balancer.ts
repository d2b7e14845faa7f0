/** A plain TCP balancer in front of several gateways: the next connection goes to the next one that takes it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpBalancer {
  readonly url: string;
  close(): Promise<void>;
}

/** `ports` are on loopback. A connection that none of them takes is cut. */
export async function startTcpBalancer(ports: readonly number[]): Promise<TcpBalancer> {
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer({ allowHalfOpen: true }, async (client) => {
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => client.destroy());
    for (let tried = 0; tried < ports.length; tried++) {
      const gateway = connect({
        host: '127.0.0.1',
        port: ports[next++ % ports.length] ?? 0,
        allowHalfOpen: true,
      });
      if (!(await once(gateway, 'connect').catch(() => undefined))) continue;
      gateway.on('error', () => client.resetAndDestroy()).on('close', () => client.destroy());
      client.on('close', () => gateway.destroy());
      client.pipe(gateway).pipe(client);
      return;
    }
    client.resetAndDestroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
