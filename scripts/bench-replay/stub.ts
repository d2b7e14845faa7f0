// An instant coordinator over raw sockets, in a process of its own: a statement is two requests, a POST and its last page.
// Says `{port}` first, then for each line on stdin what it got since the one before: counts, and how far the arrivals of
// statements at a constant rate (the line's number, per second) strayed from an even spacing.
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { serveHeads } from '../raw-server.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ';
const STATS =
  '"stats":{"state":"FINISHED","queued":false,"scheduled":true,"nodes":4,"totalSplits":8,"queuedSplits":0,' +
  '"runningSplits":0,"completedSplits":8,"cpuTimeMillis":18,"wallTimeMillis":24,"queuedTimeMillis":1,' +
  '"elapsedTimeMillis":16,"processedRows":25,"processedBytes":940,"peakMemoryBytes":1024},"warnings":[]}';

let statements = 0;
let requests = 0;
let arrivals: number[] = [];

function respond(socket: Socket, head: string): void {
  requests++;
  let body: string;
  if (head.startsWith('POST')) {
    arrivals.push(performance.now());
    const id = `20261121_000000_${String(statements++ % 100_000).padStart(5, '0')}_bench`;
    body = `{"id":"${id}","nextUri":"http://127.0.0.1:${port}/v1/statement/executing/${id}/y/1",${STATS}`;
  } else {
    const id = head.slice(28, 28 + 27).split('/', 1)[0] ?? '';
    body = `{"id":"${id}","columns":[{"name":"a","type":"bigint"}],"data":[[1]],${STATS}`;
  }
  socket.write(`${HEAD}${body.length}\r\n\r\n${body}`, 'latin1');
}

const port = await serveHeads(respond);

/** How late each arrival was against the evenly spaced one that was the earliest of all, milliseconds. */
function strayed(perSecond: number): { p50: number; p99: number; max: number } {
  const late = arrivals.map((at, k) => at - (k * 1_000) / perSecond);
  const earliest = late.reduce((min, at) => Math.min(min, at), Number.POSITIVE_INFINITY);
  const sorted = late.map((at) => at - earliest).sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const spanMs = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  const perSecond = Number(line);
  const seen = { statements: arrivals.length, requests, spanMs, strayed: strayed(perSecond || 1) };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  arrivals = [];
  requests = 0;
}
process.exit(0);
