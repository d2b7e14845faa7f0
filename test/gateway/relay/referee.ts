/** A second parser: llhttp, strict, as Node has it. */
import { createRequire } from 'node:module';

interface Parser {
  [index: number]: unknown;
  initialize(type: number, resource: object, maxHeaderSize: number, lenientFlags: number): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
}
interface Binding {
  readonly HTTPParser: {
    new (): Parser;
    readonly REQUEST: number;
    readonly RESPONSE: number;
    readonly kOnHeaders: number;
    readonly kOnHeadersComplete: number;
    readonly kOnBody: number;
    readonly kOnMessageComplete: number;
  };
  readonly methods: readonly string[];
}

export const { HTTPParser, methods } = createRequire(import.meta.url)('_http_common') as Binding;

export interface Message {
  /** `METHOD target` or the status. */
  readonly start: string;
  /** Name: value, in lower-case names, values trimmed. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** The complete messages at the start of the bytes, as llhttp reads them; `skipsBody` for answers to HEAD. */
export function refereeReads(kind: 'request' | 'response', bytes: Buffer, skipsBody = false): Message[] {
  const messages: Message[] = [];
  let start = '';
  let flat: string[] = [];
  let body = '';
  let target = '';
  const parser = new HTTPParser();
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 1 << 22, 0);
  let isHeadDone = false;
  // After the head they are trailers, which ours reads and leaves out.
  parser[HTTPParser.kOnHeaders] = (headers: string[], url: string) => {
    if (isHeadDone) return;
    flat.push(...headers);
    target += url;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    headers: string[] | undefined,
    method: number,
    url: string | undefined,
    status: number,
  ) => {
    flat.push(...(headers ?? []));
    isHeadDone = true;
    start = kind === 'request' ? `${methods[method]} ${target}${url ?? ''}` : String(status);
    return skipsBody ? 1 : 0;
  };
  parser[HTTPParser.kOnBody] = (part: Buffer) => {
    body += part.toString('latin1');
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    messages.push({ start, headers: lines(flat), body });
    flat = [];
    body = '';
    target = '';
    isHeadDone = false;
  };
  const result = parser.execute(bytes);
  if (!(result instanceof Error)) parser.finish();
  return messages;
}

function lines(flat: readonly string[]): string[] {
  return flat.flatMap((name, i) =>
    i % 2 === 0 ? [`${name.toLowerCase()}: ${(flat[i + 1] ?? '').trim()}`] : [],
  );
}
