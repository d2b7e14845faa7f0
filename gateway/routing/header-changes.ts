/** Header fields that a router sets on a request: they replace lines of the same name, whatever its case. */

/** By name; names differ in more than their case. */
export type HeaderChanges = ReadonlyMap<string, string>;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters, blanks and tabs; bytes above 127 travel as they are. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Fields that say how a message is framed and where it goes: never set from outside. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** True for fields that frame a message; `lower` is a name in lower case. */
export function isFraming(lower: string): boolean {
  return FRAMING.has(lower);
}

/** True when a router may set the field: well-formed, without line breaks, and not about framing. */
export function isSettable(name: string, value: string): boolean {
  return TOKEN.test(name) && VALUE.test(value) && !FRAMING.has(name.toLowerCase());
}
