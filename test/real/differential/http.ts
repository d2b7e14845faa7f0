/** HTTP/1.1 read and written by hand, so that both ends of a gateway see every byte as it was sent. */
import type { Socket } from 'node:net';

export type HeaderLines = readonly (readonly [name: string, value: string])[];

export interface Message {
  /** Request line or status line. */
  readonly start: string;
  /** In the order and spelling sent, repeated lines kept. */
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

export function headerOf(headers: HeaderLines, name: string): string | undefined {
  return headersOf(headers, name)[0];
}

export function headersOf(headers: HeaderLines, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}

export function encodeHead(start: string, headers: HeaderLines): Buffer {
  const lines = [start, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

/** How a message's body ends. */
export type BodyRule = 'none' | 'to-close' | 'as-framed';

/** Reads messages off a socket one after the other. */
export interface MessageReader {
  /** The next whole message; undefined when the peer closed before one began. Rejects when it closed within one. */
  next(rule: (start: string) => BodyRule): Promise<Message | undefined>;
}

export function messageReader(socket: Socket): MessageReader {
  let buffered: Buffer = Buffer.alloc(0);
  let ended: 'open' | 'closed' | Error = 'open';
  let wake = () => {};
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    wake();
  });
  const close = (how: 'closed' | Error) => {
    if (ended === 'open') ended = how;
    wake();
  };
  socket.on('end', () => close('closed'));
  socket.on('close', () => close('closed'));
  socket.on('error', (error) => close(error));

  /** More bytes, or false at the end. */
  async function more(): Promise<boolean> {
    while (chunks.length === 0 && ended === 'open') {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (chunks.length === 0) return false;
    buffered = Buffer.concat([buffered, ...chunks.splice(0)]);
    return true;
  }
  const broken = (where: string) =>
    new Error(
      `${ended instanceof Error ? ended.message : 'closed'} ${where} (${buffered.length} bytes read)`,
    );

  async function upTo(mark: string): Promise<Buffer> {
    for (;;) {
      const at = buffered.indexOf(mark);
      if (at >= 0) {
        const part = buffered.subarray(0, at);
        buffered = buffered.subarray(at + mark.length);
        return part;
      }
      if (!(await more())) throw broken('within a head');
    }
  }
  async function exactly(count: number): Promise<Buffer> {
    // Put together once: a body of 200 MB comes in thousands of pieces.
    const parts: Buffer[] = [];
    let missing = count;
    for (;;) {
      const part = buffered.subarray(0, missing);
      buffered = buffered.subarray(part.length);
      parts.push(part);
      missing -= part.length;
      if (missing === 0) return Buffer.concat(parts);
      if (!(await more())) throw broken('within a body');
    }
  }
  async function chunked(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt((await upTo('\r\n')).toString('latin1'), 16);
      if (size === 0) break;
      parts.push(await exactly(size));
      await exactly(2);
    }
    while ((await upTo('\r\n')).length > 0);
    return Buffer.concat(parts);
  }
  async function toClose(): Promise<Buffer> {
    const parts = [buffered];
    for (buffered = Buffer.alloc(0); await more(); buffered = Buffer.alloc(0)) parts.push(buffered);
    return Buffer.concat(parts);
  }

  function bodyOf(headers: HeaderLines, rule: BodyRule): Promise<Buffer> | Buffer {
    if (rule === 'none') return Buffer.alloc(0);
    if (headerOf(headers, 'transfer-encoding')?.toLowerCase().includes('chunked')) return chunked();
    const length = headerOf(headers, 'content-length');
    if (length !== undefined) return exactly(Number(length));
    return rule === 'to-close' ? toClose() : Buffer.alloc(0);
  }

  return {
    async next(rule) {
      if (buffered.length === 0 && !(await more())) {
        if (ended instanceof Error) throw ended;
        return undefined;
      }
      const { start, headers } = parseHead((await upTo('\r\n\r\n')).toString('latin1'));
      const body = await bodyOf(headers, rule(start));
      return { start, headers, body: Buffer.from(body) };
    },
  };
}

function parseHead(text: string): Pick<Message, 'start' | 'headers'> {
  const [start = '', ...lines] = text.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { start, headers };
}
