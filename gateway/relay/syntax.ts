/** The alphabets of RFC 9110 and 9112 as tables over bytes, and the one error for what breaks them. */

/** A message that HTTP does not allow, with the status that a server answers to it. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const TAB = 0x09;
export const COLON = 0x3a;
export const SLASH = 0x2f;
export const QUESTION_MARK = 0x3f;

function table(holds: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (holds(code) ? 1 : 0));
}

const among = (chars: string) => (code: number) => chars.includes(String.fromCharCode(code));
const isAlphanumeric = (code: number) => /[0-9A-Za-z]/.test(String.fromCharCode(code));

/** `token`: methods, header names, names of chunk extensions (RFC 9110, section 5.6.2). */
export const TOKEN = table((code) => isAlphanumeric(code) || among("!#$%&'*+-.^_`|~")(code));

/** What may stand in a header's value: tab, space, visible characters, obs-text (RFC 9110, section 5.5). */
export const FIELD_TEXT = table((code) => code === TAB || (code >= SP && code !== 0x7f));

/**
 * A request target's path and query. Clients leave more unencoded in a query than RFC 3986 allows, and coordinators
 * read it, so a query may hold every visible ASCII character but the fragment's mark and those that quote.
 */
export const PATH_TEXT = table((code) => isAlphanumeric(code) || among("/-._~!$&'()*+,;=:@%|[]")(code));
export const QUERY_TEXT = table((code) => code > SP && code < 0x7f && !among('#"<>')(code));

/** True when every character of `text` between the positions is in the table. */
export function consistsOf(text: string, from: number, to: number, allowed: Uint8Array): boolean {
  for (let i = from; i < to; i++) if (allowed[text.charCodeAt(i)] !== 1) return false;
  return true;
}
