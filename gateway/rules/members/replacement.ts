/** The replacement of `replaceAll` as Java reads it (Matcher.appendReplacement): `$1`, `${name}` is refused, `\\` escapes. */
import { RuleFault } from '../values/value.ts';

type Part = string | { readonly digits: string };

/** Makes the text that stands for a match; `groups` holds the match itself and each group. Throws `RuleFault`. */
export function replacementOf(replacement: string): (groups: readonly (string | undefined)[]) => string {
  const parts = partsOf(replacement);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'string') return () => only;
  return (groups) =>
    parts.map((part) => (typeof part === 'string' ? part : groupText(part.digits, groups))).join('');
}

function partsOf(replacement: string): Part[] {
  const parts: Part[] = [];
  let text = '';
  for (let i = 0; i < replacement.length; i++) {
    const c = replacement[i];
    if (c === '\\') {
      if (++i === replacement.length) throw new RuleFault('a replacement ends in a backslash');
      text += replacement[i];
    } else if (c === '$') {
      const digits = /^\d+/.exec(replacement.slice(i + 1, i + 5))?.[0];
      if (digits === undefined) throw new RuleFault('a replacement has a $ without the number of a group');
      parts.push(text, { digits });
      text = '';
      i += digits.length;
    } else {
      text += c;
    }
  }
  return [...parts, text].filter((part) => part !== '');
}

/** As many digits as name a group; the rest is text. */
function groupText(digits: string, groups: readonly (string | undefined)[]): string {
  const count = groups.length;
  let used = digits.length;
  while (used > 1 && Number(digits.slice(0, used)) >= count) used--;
  const index = Number(digits.slice(0, used));
  if (index >= count) throw new RuleFault(`a replacement names group ${index}, which does not exist`);
  return (groups[index] ?? '') + digits.slice(used);
}
