/** As much of S3's REST API as Trino's spooling needs, in memory, on loopback; signatures are not looked at. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Stub {
  readonly url: string;
  /** Keys that are there now, `bucket/key`. */
  keys(): readonly string[];
  /** What was asked of objects since the last call, deletions left out. */
  take(): readonly S3Request[];
  close(): Promise<void>;
}

export interface S3Request {
  readonly method: string;
  /** `bucket/key` */
  readonly key: string;
  /** The `User-Agent` as sent. */
  readonly agent: string;
}

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly atMs: number;
}

const xml = (root: string, inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`;

export async function startS3Stub(): Promise<S3Stub> {
  const objects = new Map<string, Stored>();
  const requests: S3Request[] = [];

  const put = (key: string, headers: IncomingMessage['headers'], sent: Buffer, answer: ServerResponse) => {
    const isChunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
    const body = isChunked ? withoutSignatures(sent) : sent;
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    objects.set(key, { body, etag, atMs: Date.now() });
    answer.writeHead(200, { etag, 'content-length': 0 }).end();
  };

  const read = (method: string, key: string, answer: ServerResponse) => {
    const found = objects.get(key);
    if (found === undefined) {
      const told = xml('Error', '<Code>NoSuchKey</Code><Message>no such key</Message>');
      answer.writeHead(404, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? undefined : told);
      return;
    }
    answer.writeHead(200, {
      etag: found.etag,
      'content-length': found.body.length,
      'content-type': 'application/octet-stream',
      'last-modified': new Date(found.atMs).toUTCString(),
    });
    answer.end(method === 'HEAD' ? undefined : found.body);
  };

  const list = (bucket: string, prefix: string, answer: ServerResponse) => {
    const contents = [...objects]
      .filter(([key]) => key.startsWith(`${bucket}/${prefix}`))
      .map(([key, { body, etag, atMs }]) => {
        const name = key.slice(bucket.length + 1);
        const at = new Date(atMs).toISOString();
        return `<Contents><Key>${name}</Key><LastModified>${at}</LastModified><ETag>${etag}</ETag><Size>${body.length}</Size></Contents>`;
      });
    const inner = `<Name>${bucket}</Name><IsTruncated>false</IsTruncated><KeyCount>${contents.length}</KeyCount>`;
    answer.writeHead(200, { 'content-type': 'application/xml' });
    answer.end(xml('ListBucketResult', inner + contents.join('')));
  };

  const deleteMany = (bucket: string, body: Buffer, answer: ServerResponse) => {
    const names = [...body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name = '']) => name);
    for (const name of names) objects.delete(`${bucket}/${name}`);
    const deleted = names.map((name) => `<Deleted><Key>${name}</Key></Deleted>`).join('');
    answer.writeHead(200, { 'content-type': 'application/xml' }).end(xml('DeleteResult', deleted));
  };

  const server = createServer(async (request, answer) => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname.slice(1));
    const [bucket = ''] = key.split('/');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = 'GET' } = request;
    if (method === 'PUT' || (method === 'GET' && !url.searchParams.has('list-type')))
      requests.push({ method, key, agent: request.headers['user-agent'] ?? '' });
    if (method === 'PUT') put(key, request.headers, body, answer);
    else if (method === 'DELETE') {
      objects.delete(key);
      answer.writeHead(204).end();
    } else if (method === 'POST') deleteMany(bucket, body, answer);
    else if (url.searchParams.has('list-type')) list(bucket, url.searchParams.get('prefix') ?? '', answer);
    else read(method, key, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: () => [...objects.keys()],
    take: () => requests.splice(0),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The content of a body in `aws-chunked` coding: `SIZE[;signature]`, bytes …, a chunk of size 0, trailers. */
function withoutSignatures(sent: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < sent.length; ) {
    const end = sent.indexOf('\r\n', at);
    const size = Number.parseInt(sent.toString('latin1', at, end), 16);
    if (!(size > 0)) break;
    parts.push(sent.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
