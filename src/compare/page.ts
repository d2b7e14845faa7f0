/** A document as a page: the frame, style and parts of the run report, one file that needs nothing from anywhere. */
import { type ChartSpec, figure } from '../report/html/charts/spec.ts';
import { badge, type Column, details, table } from '../report/html/parts.ts';
import { renderPage } from '../report/html/shell.ts';
import { type Html, html } from '../report/html/template.ts';
import { type Cell, cellOf, type Document, type Grid, headOf, type Part } from './document.ts';

/** As much of an identifier as a row can show; the rest opens on demand. */
const PREVIEW_CHARACTERS = 120;

interface PageSection {
  readonly heading: string;
  readonly parts: readonly Part[];
}

export function documentHtml({ title, tone, lead, facts, parts }: Document): string {
  const sections = sectionsOf(parts);
  return renderPage({
    ...{
      title,
      tone,
      charts: parts.flatMap((part): readonly ChartSpec[] => ('charts' in part ? part.charts : [])),
    },
    body: html`<header class="banner ${tone}">
<div class="topline"><span class="brand">Rehearse</span></div>
<div class="headline"><div><h1>${title}</h1><p class="reason">${lead}</p></div></div>
${facts.length > 0 && html`<ul class="facts">${facts.map((fact) => html`<li><span class="label">${fact.label}</span><span class="value ${fact.tone}">${fact.value}</span><span class="note">${fact.note}</span></li>`)}</ul>`}
${beforeSections(parts).map(partMarkup)}</header>
<main id="main">${sections.map(
      ({ heading, parts: inside }, i) =>
        html`<section id="part-${i}" aria-labelledby="part-${i}-title"><h2 id="part-${i}-title">${heading}</h2>${inside.map(partMarkup)}</section>`,
    )}</main>`,
  });
}

const begins = (part: Part): part is { heading: string } => 'heading' in part && part.level !== 3;

function beforeSections(parts: readonly Part[]): readonly Part[] {
  const first = parts.findIndex(begins);
  return first < 0 ? parts : parts.slice(0, first);
}

function sectionsOf(parts: readonly Part[]): readonly PageSection[] {
  const sections: { heading: string; parts: Part[] }[] = [];
  for (const part of parts) {
    if (begins(part)) sections.push({ heading: part.heading, parts: [] });
    else sections.at(-1)?.parts.push(part);
  }
  return sections;
}

function partMarkup(part: Part): Html {
  if ('heading' in part) return html`<h3>${part.heading}</h3>`;
  if ('text' in part) return html`<p class="${part.doubt === true ? 'doubt' : ''}">${part.text}</p>`;
  if (!('charts' in part)) return gridMarkup(part);
  const data = gridMarkup(part.data);
  const spoken = 'One point for each run, oldest first.';
  return html`<div class="pair">${part.charts.map((chart) => figure(chart, spoken, data))}</div>`;
}

function gridMarkup({ heads, rows }: Grid): Html {
  type Row = Grid['rows'][number];
  const columns = heads.map((given, i): Column<Row> => {
    const { text: head, numeric = false, long = false } = headOf(given);
    return {
      head,
      numeric,
      ...(long ? { wraps: 'long' } : {}),
      cell: (row) => cellMarkup(cellOf(row[i] ?? '')),
    };
  });
  return table({ caption: heads.map((head) => headOf(head).text).join(', '), columns, rows });
}

function cellMarkup({ text, tone, code, note }: Cell): Html {
  const small = note !== undefined && html`<span class="muted">${note}</span>`;
  const below = small && html`<br>${small}`;
  if (tone !== undefined) return html`${badge(tone, text)}${below}`;
  if (code !== true) return html`${text}${below}`;
  if (text.length <= PREVIEW_CHARACTERS) return html`<code>${text}</code>${below}`;
  const whole = html`<pre tabindex="0"><code>${text}</code></pre>`;
  return html`${details(html`<code>${text.slice(0, PREVIEW_CHARACTERS)} …</code>`, whole)}${small}`;
}
