import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { claimPort } from '../../src/fleet/processes/ports.ts';

test('a free port is none that outgoing connections get, and each claim has its own', async () => {
  const ports = await Promise.all(Array.from({ length: 40 }, () => claimPort(0, 'a test')));
  expect(new Set(ports).size).toBe(40);
  const range = '/proc/sys/net/ipv4/ip_local_port_range';
  const lowest = process.platform === 'linux' ? Number(readFileSync(range, 'utf8').split(/\s+/)[0]) : 49_152;
  for (const port of ports) expect(port).toBeLessThan(lowest);
});

test('a wanted port that is taken is told with who wanted it', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  const port = await claimPort(0, 'a test');
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(claimPort(port, 'cluster bi-blue')).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining('cluster bi-blue'),
  });
});
