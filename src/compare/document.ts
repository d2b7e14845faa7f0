/** A short document of paragraphs and tables, written once and shown as text, Markdown or HTML. */

import { type Html, html, markupOf } from '../report/html/template.ts';
import { markdownTable, md } from '../report/markdown.ts';
import { oneLine } from '../report/plain.ts';
import { columns } from '../report/text.ts';

export type Part =
  | { readonly heading: string }
  | { readonly text: string }
  | { readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] };

export interface Document {
  readonly title: string;
  readonly parts: readonly Part[];
}

/** For a terminal. */
export function documentText({ title, parts }: Document): string {
  const blocks = parts.map((part) => {
    if ('heading' in part) return part.heading.toUpperCase();
    if ('text' in part) return oneLine(part.text);
    const rows = [part.heads, ...part.rows].map((row) => row.map(oneLine));
    return columns(rows)
      .map((row) => `  ${row.join('  ')}`.trimEnd())
      .join('\n');
  });
  return [oneLine(title), ...blocks].join('\n\n');
}

/** For a step summary or a comment on a change. */
export function documentMarkdown({ title, parts }: Document): string {
  const blocks = parts.map((part) => {
    if ('heading' in part) return `### ${md(part.heading)}`;
    if ('text' in part) return md(part.text);
    return markdownTable(
      part.heads.map(md),
      part.rows.map((row) => row.map(md)),
    );
  });
  return `${[`## ${md(title)}`, ...blocks].join('\n\n')}\n`;
}

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0}th,td{border-bottom:1px solid #8886;padding:.25rem .75rem;text-align:left;font-variant-numeric:tabular-nums}`;

/** One file that needs nothing from anywhere and runs nothing. */
export function documentHtml({ title, parts }: Document): string {
  const blocks = parts.map((part): Html => {
    if ('heading' in part) return html`<h2>${part.heading}</h2>`;
    if ('text' in part) return html`<p>${part.text}</p>`;
    const head = part.heads.map((cell) => html`<th scope="col">${cell}</th>`);
    const rows = part.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`);
    return html`<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`;
  });
  const page = html`<title>${title}</title></head><body><main><h1>${title}</h1>${blocks}</main></body></html>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><style>${STYLE}</style>${markupOf(page)}\n`;
}
