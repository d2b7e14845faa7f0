/** A server over raw sockets, for benchmarks of what stands before it: as little work of its own as there can be. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/**
 * Listens on a free port of this machine, says `{"port": …}` on standard output, and answers the port. `respond` gets the head of each
 * request once its body is there too. Good enough for what benchmarks send: whole heads, Content-Length.
 */
export async function serveHeads(respond: (socket: Socket, head: string) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let kept = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      kept += chunk.toString('latin1');
      for (;;) {
        const end = kept.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(kept.slice(0, end))?.[1] ?? 0);
        if (kept.length < end + 4 + length) return;
        respond(socket, kept.slice(0, end));
        kept = kept.slice(end + 4 + length);
      }
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ port })}\n`);
  return port;
}
