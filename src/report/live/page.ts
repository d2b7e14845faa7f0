/** The page that shows a run while it goes on: the frame only; figures come as events from the same address. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assets } from '../html/assets.ts';
import { html, markupOf, trusted } from '../html/template.ts';

const COUNTERS = [
  { id: 'ended', label: 'Queries ended' },
  { id: 'rate', label: 'Ended per second' },
  { id: 'open', label: 'Open' },
  { id: 'p95', label: 'Response p95' },
  { id: 'troubled', label: 'Errors so far' },
  { id: 'left', label: 'Time left' },
] as const;

const CHARTS = [
  { id: 'rate', title: 'Queries ended per second' },
  { id: 'open', title: 'Queries open' },
  { id: 'response', title: 'Response time, median and p95 of the last half minute' },
] as const;

/** The page and the policy it has to be sent with: it may ask its own address for events and nothing else. */
export function renderLivePage(title: string): { readonly html: string; readonly policy: string } {
  const { style, chartLibrary, bands } = assets();
  const script = readFileSync(new URL('./live.js', import.meta.url), 'utf8');
  const digest = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rehearse: ${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(style.text)}</style>
</head>
<body>
<div class="page">
<header class="banner quiet">
<div class="topline"><span class="brand">Rehearse</span><span class="runid" id="state" role="status">connecting</span></div>
<div class="headline"><div><h1>${title}</h1><p class="reason" id="doing">preparing</p></div></div>
<progress id="share" max="1" value="0" aria-label="Share of the run that is over"></progress>
<ul class="facts">${COUNTERS.map(({ id, label }) => html`<li><span class="label">${label}</span><span class="value" id="count-${id}">–</span></li>`)}</ul>
</header>
<main id="main">
<section aria-labelledby="charts-title"><h2 id="charts-title">So far</h2><div class="stack">${CHARTS.map(
    ({ id, title: caption }) =>
      html`<figure class="chart"><figcaption>${caption}</figcaption><div class="canvas flat"><canvas id="chart-${id}" role="img" aria-label="${caption}; the current value stands in the list above."></canvas></div></figure>`,
  )}</div></section>
<section aria-labelledby="events-title"><h2 id="events-title">Rolls and faults</h2><ol class="steps" id="events" aria-live="polite"></ol></section>
</main>
<footer><p>Figures while the run goes on are not judged: errors may turn out to be the queries’ own. The verdict comes with the report.</p></footer>
</div>
<script>${trusted(chartLibrary.text)}</script>
<script type="module">${trusted(bands.text)}</script>
<script type="module">${trusted(script)}</script>
</body>
</html>
`;
  const policy = `default-src 'none'; script-src ${chartLibrary.source} ${bands.source} ${digest}; style-src ${style.source}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html: markupOf(page), policy };
}
