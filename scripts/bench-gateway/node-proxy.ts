// The trivial proxy of node:http and undici, as a reference: it routes, reads and records nothing. UPSTREAM is its URL.
import { createServer } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const pool = new Pool(process.env.UPSTREAM ?? '', { connections: null, pipelining: 1 });
const server = createServer(async (request, response) => {
  const { host: _, connection: __, ...headers } = request.headers;
  try {
    const answer = await pool.request({
      path: request.url ?? '/',
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body: request.method === 'POST' ? request : null,
    });
    const { connection: ___, ...answered } = answer.headers;
    response.writeHead(answer.statusCode, answered);
    answer.body.pipe(response);
  } catch {
    response.destroy();
  }
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as { port: number }).port })}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
