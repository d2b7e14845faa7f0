// An instant coordinator over a raw socket, so that what is measured is the proxy in front of it. Its own process.
//   POST /v1/statement                    a new id, a nextUri that ends in /0
//   GET  …/executing/ID/y/0               a page with the same nextUri: a poll that can be repeated for ever
//   GET  …/executing/ID/y/1               the last page
//   GET  …/executing/ID/y/h               the last page, a second later: a long poll
//   GET  /v1/spooled/download/BYTES       that many bytes of fixed noise
import type { Socket } from 'node:net';
import { seededRandom } from '../../src/base/random.ts';
import { serveHeads } from '../raw-server.ts';

const SUFFIX = 'bench';
/** As long as Trino holds a poll for which it has nothing to say. */
const HOLD_MS = 1_000;
const JSON_HEAD =
  'HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n';
const STATS =
  '"stats":{"state":"RUNNING","queued":false,"scheduled":true,"nodes":4,"totalSplits":128,"queuedSplits":12,' +
  '"runningSplits":16,"completedSplits":100,"cpuTimeMillis":18,"wallTimeMillis":240,"queuedTimeMillis":1,' +
  '"elapsedTimeMillis":160,"processedRows":100000,"processedBytes":9400000,"peakMemoryBytes":131072}';

const random = seededRandom(7, 'noise');
const noise = Buffer.from(Uint8Array.from({ length: 1 << 20 }, () => random.below(256)));

let count = 0;

function answer(body: string): string {
  return `${JSON_HEAD}Vary: Accept-Encoding\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function page(id: string, token: string): string {
  const next = `"nextUri":"http://upstream/v1/statement/executing/${id}/y/0",`;
  return `{"id":"${id}","infoUri":"http://upstream/ui/query.html?${id}",${token === '1' ? '' : next}${STATS},"warnings":[]}`;
}

function sendNoise(socket: Socket, bytes: number): void {
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`,
  );
  let left = bytes;
  const pump = () => {
    while (left > 0) {
      const part = left >= noise.length ? noise : noise.subarray(0, left);
      left -= part.length;
      if (!socket.write(part)) {
        socket.once('drain', pump);
        return;
      }
    }
  };
  pump();
}

function respond(socket: Socket, head: string): void {
  const [method = '', path = ''] = head.split(' ', 2);
  if (method === 'POST') {
    const id = `20261121_000000_${String(count++).padStart(5, '0')}_${SUFFIX}`;
    socket.write(answer(page(id, '0')), 'latin1');
  } else if (path.startsWith('/v1/spooled/download/')) {
    sendNoise(socket, Number(path.slice(path.lastIndexOf('/') + 1)));
  } else if (path === '/v1/info') {
    const info = {
      nodeVersion: { version: '478' },
      coordinator: true,
      starting: false,
      coordinatorId: SUFFIX,
    };
    socket.write(answer(JSON.stringify(info)), 'latin1');
  } else {
    const [, , , , id = '', , token = ''] = path.split('/');
    if (token === 'h') setTimeout(() => socket.write(answer(page(id, '1')), 'latin1'), HOLD_MS);
    else socket.write(answer(page(id, token)), 'latin1');
  }
}

await serveHeads(respond);
process.stdin.on('end', () => process.exit(0)).resume();
