/** What may reach a terminal. */

/** Our own colours: on (bold, faint, and the eight of the foreground) and off. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const COLOUR = /^\u001b\[(?:[0-2]|3[0-7])m$/;
/** Control characters but tab and line feed, and those that change the direction of what follows (Unicode TR 9). */
const UNFIT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /\u001b\[\d+m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Control characters out of dumps, answers and file names do not reach the terminal; our own colours do. */
export function printable(text: string): string {
  return text.replace(UNFIT, (found) => (COLOUR.test(found) ? found : '\ufffd'));
}
