/**
 * Header fields: a strict reader over the text of a head. Names repeat from request to request, so each is kept once
 * with what is known of it; values are slices of the head's text.
 */
import { MAX_FIELDS } from './limits.ts';
import { BadMessage, COLON, CR, FIELD_TEXT, LF, SP, TAB, TOKEN } from './syntax.ts';

export interface FieldName {
  /** As received. */
  readonly text: string;
  readonly lower: string;
  /** Belongs to this connection, not to the message (RFC 9110, section 7.6.1). */
  readonly isHopByHop: boolean;
  /** The name that followed it last: a guess that saves looking the next one up. */
  follower: FieldName | undefined;
}

/** Two lists of the same length, in the order received; repeated lines stay repeated. */
export interface Fields {
  readonly names: readonly FieldName[];
  readonly values: readonly string[];
}

/** RFC 9110, section 7.6.1; `Expect` is answered by the relay itself. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

const MOST_KEPT_NAMES = 1_000;
const LONGEST_KEPT_NAME = 80;
const kept = new Map<string, FieldName>();

/** A copy for what is kept longer than its message: a slice keeps the whole text alive that it was cut from. */
export function ownText(slice: string): string {
  return Buffer.from(slice, 'latin1').toString('latin1');
}

/** What is known of a name; `text` as received. */
export function fieldName(text: string): FieldName {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const own = ownText(text);
  const lower = own.toLowerCase();
  const name: FieldName = { text: own, lower, isHopByHop: HOP_BY_HOP.has(lower), follower: undefined };
  if (kept.size < MOST_KEPT_NAMES && own.length <= LONGEST_KEPT_NAME) kept.set(own, name);
  return name;
}

/** The first line of that name, in lower case; undefined when there is none. */
export function firstValue({ names, values }: Fields, lower: string): string | undefined {
  for (let i = 0; i < names.length; i++) if (names[i]?.lower === lower) return values[i];
  return undefined;
}

/** All lines of that name in one, as a list header may be read (RFC 9110, section 5.3). */
export function joinedValue({ names, values }: Fields, lower: string): string | undefined {
  let joined: string | undefined;
  for (let i = 0; i < names.length; i++) {
    if (names[i]?.lower === lower) joined = joined === undefined ? values[i] : `${joined}, ${values[i]}`;
  }
  return joined;
}

const isBlank = (code: number) => code === SP || code === TAB;

/**
 * Reads field lines up to the empty line that ends `text`. Throws `BadMessage` on anything but
 * `token ":" OWS value OWS CRLF`: folded lines, bare CR or LF, control characters, empty names. White space before the
 * colon is an error in a request and removed from a response, as RFC 9112, section 5.1 asks for.
 */
export function readFields(text: string, from: number, isResponse: boolean): Fields {
  const names: FieldName[] = [];
  const values: string[] = [];
  let previous = START;
  const end = text.length - 2;
  for (let at = from; at < end; ) {
    if (names.length >= MAX_FIELDS) throw new BadMessage(431, `more than ${MAX_FIELDS} header lines`);
    const name = guessed(previous.follower, text, at) ?? readName(text, at);
    previous.follower = name;
    previous = name;
    names.push(name);
    let i = at + name.text.length;
    if (isResponse) while (isBlank(text.charCodeAt(i))) i++;
    if (text.charCodeAt(i) !== COLON) {
      throw new BadMessage(400, 'a header name holds a character that it may not, or has no colon');
    }
    at = readValue(text, i + 1, values);
  }
  return { names, values };
}

/** Stands before the first line. */
const START: FieldName = { text: '', lower: '', isHopByHop: false, follower: undefined };

function guessed(guess: FieldName | undefined, text: string, at: number): FieldName | undefined {
  if (guess === undefined || text.charCodeAt(at + guess.text.length) !== COLON) return undefined;
  return text.startsWith(guess.text, at) ? guess : undefined;
}

function readName(text: string, at: number): FieldName {
  let i = at;
  while (TOKEN[text.charCodeAt(i)] === 1) i++;
  if (i === at) throw new BadMessage(400, whyNoName(text.charCodeAt(at)));
  return fieldName(text.slice(at, i));
}

/** Adds the value that starts after a colon; answers where the next line starts. */
function readValue(text: string, afterColon: number, values: string[]): number {
  let start = afterColon;
  while (isBlank(text.charCodeAt(start))) start++;
  let i = start;
  while (FIELD_TEXT[text.charCodeAt(i)] === 1) i++;
  if (text.charCodeAt(i) !== CR || text.charCodeAt(i + 1) !== LF) {
    throw new BadMessage(400, 'a header value holds a control character or a line end that is not CRLF');
  }
  let last = i;
  while (last > start && isBlank(text.charCodeAt(last - 1))) last--;
  values.push(text.slice(start, last));
  return i + 2;
}

function whyNoName(code: number): string {
  return isBlank(code) ? 'a header line is folded' : 'a header line does not start with a name';
}
