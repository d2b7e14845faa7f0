/** The relay's two ends on wires that are not there: bytes go in piece by piece, and what was read comes out. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { plainAnswer } from '../../../gateway/relay/answer.ts';
import type { Call } from '../../../gateway/relay/call.ts';
import { ClientConnection } from '../../../gateway/relay/client-connection.ts';
import type { Fields } from '../../../gateway/relay/fields.ts';
import { CLIENT_PATIENCE } from '../../../gateway/relay/limits.ts';
import { UpstreamConnection } from '../../../gateway/relay/upstream-connection.ts';
import type { Message } from './referee.ts';

/** A socket that takes everything at once and remembers it. */
class Wire extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  readonly writableNeedDrain = false;
  readonly writableLength = 0;
  destroyed = false;
  ended = false;
  written = '';
  write(data: string | Buffer): boolean {
    this.written += data.toString('latin1');
    return true;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  isPaused(): boolean {
    return false;
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
}

const lines = ({ names, values }: Fields) => names.map((name, i) => `${name.lower}: ${values[i]?.trim()}`);
const tick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** What a client connection makes of the pieces: the requests it took, and what it wrote. */
export async function requestsIn(
  pieces: readonly Buffer[],
): Promise<{ messages: Message[]; written: string }> {
  const messages: Message[] = [];
  const wire = new Wire();
  const home = {
    nowMs: 0,
    isClosing: false,
    patience: CLIENT_PATIENCE,
    onClosed: () => undefined,
    handle(call: Call) {
      let body = '';
      call.readBody({
        onBody: (part) => {
          body += part.toString('latin1');
        },
        onBodyEnd: () => {
          const { method, target, fields } = call.head;
          messages.push({ start: `${method} ${target.raw}`, headers: lines(fields), body });
          call.answer(plainAnswer(200), Buffer.alloc(0));
        },
      });
    },
  };
  new ClientConnection(wire as unknown as Socket, false, home);
  for (const piece of pieces) {
    if (wire.ended || wire.destroyed) break;
    wire.emit('data', piece);
    // Requests that came ahead are taken one turn after the other.
    for (let before = -1; before !== messages.length; ) {
      before = messages.length;
      await tick();
      await tick();
    }
  }
  return { messages, written: wire.written };
}

/** What an upstream connection makes of the pieces as the answer to one request, then of the end of the connection. */
export function answerIn(
  pieces: readonly Buffer[],
  method = 'GET',
): { message: Message | undefined; failure: string | undefined; isKept: boolean } {
  const wire = new Wire();
  let isKept = false;
  const owner = {
    host: 'h',
    onIdle: () => {
      isKept = true;
    },
    onClosed: () => undefined,
  };
  const connection = new UpstreamConnection(
    { socket: wire as unknown as Duplex, readyEvent: undefined, lend: undefined },
    owner,
  );
  let start = '';
  let headers: string[] = [];
  let body = '';
  let message: Message | undefined;
  let failure: string | undefined;
  connection.send(
    { method, target: '/', host: undefined, lines: '', body: 0 },
    {
      onHead: (head) => {
        start = String(head.status);
        headers = lines(head.fields);
      },
      onBody: (part) => {
        body += part.toString('latin1');
      },
      onEnd: () => {
        message = { start, headers, body };
      },
      onFailure: ({ kind }) => {
        failure = kind;
      },
      onRequestDrain: () => undefined,
    },
  );
  for (const piece of pieces) if (!wire.destroyed) wire.emit('data', piece);
  if (!wire.destroyed && !isKept) wire.emit('end');
  return { message, failure, isKept: isKept && !wire.destroyed };
}
