/**
 * The proxies of a run as one process, so that they cost the load generator nothing: `--config FILE
 * --exit-with-stdin`. A control port on loopback takes `POST /NAME` with a fault; the line that tells of the start
 * names the ports.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { seededRandom } from '../../../base/random.ts';
import { parseYaml, readText, readYaml } from '../../../base/yaml.ts';
import { wayFaultSchema } from './fault.ts';
import { openWay, type Way } from './way.ts';

const target = z.strictObject({ host: z.string(), port: z.int().min(1).max(65535) });

const configSchema = z.strictObject({
  seed: z.int(),
  ways: z.array(z.strictObject({ name: z.string(), targets: z.array(target).min(1) })),
});

const BODY_LIMIT = 10_000;

async function bodyOf(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req) {
    text += String(chunk);
    if (text.length > BODY_LIMIT) throw new Error('too long');
  }
  return text;
}

async function control(
  ways: ReadonlyMap<string, Way>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const way = ways.get(decodeURIComponent((req.url ?? '/').slice(1)));
  const parsed = wayFaultSchema.safeParse(JSON.parse(await bodyOf(req)));
  if (way === undefined || req.method !== 'POST') res.writeHead(404).end();
  else if (!parsed.success) res.writeHead(400).end(z.prettifyError(parsed.error));
  else {
    await way.set(parsed.data);
    res.writeHead(204).end();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, 'exit-with-stdin': { type: 'boolean', default: false } },
  });
  const file = values.config ?? '';
  const { seed, ways: specs } = readYaml(parseYaml(readText(file, 'Proxies'), file), configSchema);
  const ways = new Map<string, Way>();
  for (const { name, targets } of specs)
    ways.set(name, await openWay(targets, 0, seededRandom(seed, `way ${name}`).next));
  const server = createServer((req, res) => {
    control(ways, req, res).catch((error: unknown) => res.writeHead(400).end(String(error)));
  });
  server.listen(0, '127.0.0.1', () => {
    const ports = Object.fromEntries([...ways].map(([name, way]) => [name, way.port]));
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ event: 'listening', control: port, ports })}\n`);
  });
  if (values['exit-with-stdin']) process.stdin.on('end', () => process.exit(0)).resume();
}

await main();
