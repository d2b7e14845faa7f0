/** What every page of ours stands in: policy, style, data and scripts, all in the one file; nothing is fetched. */
import { version } from '../../base/project.ts';
import type { Tone } from '../words.ts';
import { assets } from './assets.ts';
import type { ChartSpec } from './charts/spec.ts';
import { type Html, html, jsonBlock, markupOf, trusted } from './template.ts';

export interface Page {
  readonly title: string;
  /** The tab's icon tells it. */
  readonly tone: Tone;
  readonly body: Html;
  readonly charts: readonly ChartSpec[];
}

const ICON_COLOURS: Readonly<Record<Tone, string>> = {
  pass: '1a7f4b',
  fail: 'c4302b',
  inconclusive: '9a6700',
  invalid: '7a3fc0',
  quiet: '5b6472',
};

/** The tab's icon, inline, so that nothing is asked for. */
function icon(tone: Tone): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#${ICON_COLOURS[tone]}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/**
 * One self-contained HTML file: opens from disk with no network, admits only its own script and style (by
 * digest), and can be read with scripts off. Text from dumps and clusters is escaped by the template.
 */
export function renderPage({ title, tone, body, charts }: Page): string {
  const { style, chartLibrary, client } = assets();
  const scripts = [chartLibrary, ...client].map((script) => script.source).join(' ');
  const policy = `default-src 'none'; script-src ${scripts}; style-src ${style.source}; img-src data:; base-uri 'none'; form-action 'none'`;
  return markupOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="trino-rehearse ${version}">
<title>${title}</title>
<link rel="icon" href="${icon(tone)}">
<style>${trusted(style.text)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<div class="page">
${body}
<footer><p>Made by trino-rehearse ${version}. Charts: Chart.js, MIT licence. This file is complete in itself and asks the network for nothing.</p></footer>
</div>
${jsonBlock('charts', charts)}
<script>${trusted(chartLibrary.text)}</script>
${client.map((script) => html`<script type="module">${trusted(script.text)}</script>`)}
</body>
</html>
`);
}
