/**
 * Text from dumps and clusters made fit to print: a user name may hold terminal escapes, and a bidirectional
 * override can make a line read backwards. Nothing is dropped silently; what is not shown becomes U+FFFD.
 */

/** C0 and C1 controls but tab and newline, bidirectional controls, and lone surrogates. */
const UNFIT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** The text with every character that could steer a terminal or turn reading order around made visible. */
export function plain(text: string): string {
  return text.toWellFormed().replace(UNFIT, '\ufffd');
}

/** The same on one line; line breaks and tabs become single spaces. */
export function oneLine(text: string): string {
  return plain(text.replace(/\s+/g, ' ')).trim();
}

/** One line of at most `max` characters, with an ellipsis where something was cut. */
export function clip(text: string, max: number): string {
  const characters = [...oneLine(text)];
  return characters.length <= max ? characters.join('') : `${characters.slice(0, max - 1).join('')}…`;
}
