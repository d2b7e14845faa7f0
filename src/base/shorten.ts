/** Texts of others, as far as they are repeated in messages, answers and logs. */

/** Characters of a text that somebody sent which an answer repeats. */
export const MOST_ECHOED = 200;

/** The text, or its beginning and `…`; never half of a character. */
export function shortened(text: string, most = MOST_ECHOED): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
