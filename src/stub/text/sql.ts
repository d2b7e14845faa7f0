/** Small questions about a statement's tokens (see `significantTokens`). No SQL parser: enough to play a server. */

/** Upper case of a word at a place, '' past the end. */
export function wordAt(tokens: readonly string[], i: number): string {
  return (tokens[i] ?? '').toUpperCase();
}

/** True when the words at a place are these (given in upper case). */
export function wordsAt(tokens: readonly string[], i: number, ...words: readonly string[]): boolean {
  return words.every((word, k) => wordAt(tokens, i + k) === word);
}

/** Places of a word outside all brackets, in order. */
export function topLevelPlaces(tokens: readonly string[], word: string): number[] {
  const places: number[] = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (depth === 0 && wordAt(tokens, i) === word) places.push(i);
  }
  return places;
}

/** The name that an identifier token stands for, or undefined when the token is none. */
export function identifier(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll('""', '"').toLowerCase();
  return /^[A-Za-z_]/.test(token) ? token.toLowerCase() : undefined;
}

/** The text of a quoted literal, or the token itself. */
export function literalText(token: string | undefined): string {
  if (token === undefined) return '';
  return token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token;
}

/** A dotted name from a place on: its parts (up to three) and the place after it. */
export function dottedName(
  tokens: readonly string[],
  from: number,
): { readonly parts: readonly string[]; readonly next: number } {
  const parts: string[] = [];
  let i = from;
  for (;;) {
    const part = identifier(tokens[i]);
    if (part === undefined) break;
    parts.push(part);
    i++;
    if (tokens[i] !== '.') break;
    i++;
  }
  return { parts, next: i };
}

/** The number in `LIMIT n` or `FETCH FIRST n ROWS` outside all brackets, or undefined. */
export function topLevelLimit(tokens: readonly string[]): number | undefined {
  const limit = topLevelPlaces(tokens, 'LIMIT').at(-1);
  const fetch = topLevelPlaces(tokens, 'FETCH').at(-1);
  const token = limit !== undefined ? tokens[limit + 1] : fetch !== undefined ? tokens[fetch + 2] : undefined;
  return token !== undefined && /^\d+$/.test(token) ? Number(token) : undefined;
}
