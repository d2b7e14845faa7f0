/** HTML by tagged template: whatever is put in is escaped, unless it is HTML made here. */
import { plain } from '../plain.ts';

/** Module-private, so that no data from a file can pass for markup. */
const MARKUP = Symbol('markup');

/** Finished markup. */
export interface Html {
  readonly [MARKUP]: string;
}

export type Value = Html | string | number | null | undefined | false | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function render(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return MARKUP in value ? value[MARKUP] : value.map(render).join('');
}

/** The template tag: strings, numbers and lists are escaped; null, undefined and false are left out. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { [MARKUP]: strings.map((part, i) => part + render(values[i])).join('') };
}

/** Markup that comes with the program (styles, scripts, icons); never for anything read from a file of a user. */
export function trusted(markup: string): Html {
  return { [MARKUP]: markup };
}

/** The characters of finished markup. */
export function markupOf(value: Html): string {
  return value[MARKUP];
}

/** A value as JSON that may stand inside a script element: no `<` can end it. */
export function jsonBlock(id: string, value: unknown): Html {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return html`<script type="application/json" id="${id}">${trusted(json)}</script>`;
}
