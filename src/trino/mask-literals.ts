/**
 * Literals and comments of a statement in place of which a keyed hash stands: as long as they were, digits for digits and letters for
 * letters, equal for equal ones. Works on words alone, so that it can be done to any text at any speed; a text that ends within a
 * literal is masked to its end.
 */

/** Comments, quoted texts, delimited names, words, numbers. */
const PIECE =
  /--[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$)|[A-Za-z_][\w$@]*|\d[\w.]*/g;

/** The text with its literals masked; `digest` gives 64 hexadecimal digits. */
export function maskedLiterals(sql: string, digest: (text: string) => string): string {
  return sql.replace(PIECE, (piece) => {
    if (piece.startsWith("'") || piece.startsWith('--') || piece.startsWith('/*'))
      return maskedText(piece, digest);
    return /^\d/.test(piece) ? maskedNumber(piece, digest) : piece;
  });
}

/** Letters for letters and digits for digits; blanks and signs stay, and so does what opens and closes. */
export function maskedText(text: string, digest: (text: string) => string): string {
  const stream = hexStream(text, digest);
  return text.replace(/[\p{L}\p{N}]/gu, (c) => {
    const n = stream();
    if (/\p{N}/u.test(c)) return String(n % 10);
    const letter = String.fromCharCode(97 + (n % 26));
    // Characters beyond the first plane are two units long, and the length stays.
    return (c.toLowerCase() === c ? letter : letter.toUpperCase()).repeat(c.length);
  });
}

/** 0 and 1 tell nothing and often mean something; other whole numbers keep their length and stay no zero. */
function maskedNumber(text: string, digest: (text: string) => string): string {
  if (text === '0' || text === '1') return text;
  const stream = hexStream(text, digest);
  let isFirst = true;
  return text.replace(/\d/g, () => {
    const digit = isFirst ? 1 + (stream() % 9) : stream() % 10;
    isFirst = false;
    return String(digit);
  });
}

/** Bytes of the digest, then of digests of it, for as long as they are needed. */
function hexStream(text: string, digest: (text: string) => string): () => number {
  let hex = digest(text);
  let at = 0;
  return () => {
    if (at + 4 > hex.length) {
      hex = digest(hex);
      at = 0;
    }
    at += 4;
    return Number.parseInt(hex.slice(at - 4, at), 16);
  };
}
