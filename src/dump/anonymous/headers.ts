/** Of the headers only what a client can do, in the words that Trino has for it. */

import type { Part } from './parts.ts';
import { CAPABILITIES, ENCODINGS } from './public-results.ts';

const LISTS: Readonly<Record<string, { readonly part: Part; readonly words: ReadonlySet<string> }>> = {
  'x-trino-client-capabilities': { part: 'client capability', words: CAPABILITIES },
  'x-trino-query-data-encoding': { part: 'data encoding', words: ENCODINGS },
};
const LANGUAGE = 'x-trino-language';
const LANGUAGES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

export function headersFor(
  headers: Readonly<Record<string, string>>,
  tell: (part: Part) => void,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const list = LISTS[name];
    if (list !== undefined) {
      const items = value.split(',').map((item) => item.trim());
      const known = items.filter((item) => list.words.has(item));
      if (known.length < items.length) tell(list.part);
      if (known.length > 0) kept[name] = [...new Set(known)].join(',');
    } else if (name !== LANGUAGE) tell('other header');
    else if (isLanguage(value)) kept[name] = value;
    else tell('language');
  }
  return kept;
}

/** A language that there is, and a region that there is: `de`, `pt-BR`. */
function isLanguage(text: string): boolean {
  const [, language = '', region] = /^([a-z]{2,3})(?:-([A-Z]{2}))?$/.exec(text) ?? [];
  if (language === '' || LANGUAGES.of(language) === undefined) return false;
  return region === undefined || REGIONS.of(region) !== undefined;
}
