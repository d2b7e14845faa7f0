/** The whole page: policy, style, banner, navigation, sections, data, scripts. Nothing is fetched. */
import { version } from '../../base/project.ts';
import type { ReportInput } from '../input.ts';
import { RESULTS } from '../words.ts';
import { assets } from './assets.ts';
import { banner } from './banner.ts';
import { differenceChart, shiftChart } from './charts/overhead.ts';
import { percentileChart } from './charts/percentiles.ts';
import type { ChartSpec } from './charts/spec.ts';
import { inFlightChart, rateChart, responseChart } from './charts/timeline.ts';
import { badge, type Section, type SectionBuilder } from './parts.ts';
import { actions } from './sections/actions.ts';
import { configuration } from './sections/configuration.ts';
import { distribution } from './sections/distribution.ts';
import { drops } from './sections/drops.ts';
import { gates } from './sections/gates.ts';
import { health } from './sections/health.ts';
import { latency } from './sections/latency.ts';
import { losses } from './sections/losses.ts';
import { outcomes } from './sections/outcomes.ts';
import { overhead } from './sections/overhead.ts';
import { routing } from './sections/routing.ts';
import { statements } from './sections/statements.ts';
import { stickiness } from './sections/stickiness.ts';
import { terms } from './sections/terms.ts';
import { timeline } from './sections/timeline.ts';
import { type Html, html, jsonBlock, markupOf, trusted } from './template.ts';

/** In the order a reader asks: what was promised, what was done, what happened, why, and can I trust it. */
const SECTIONS: readonly SectionBuilder[] = [
  gates,
  actions,
  outcomes,
  timeline,
  overhead,
  latency,
  routing,
  stickiness,
  distribution,
  statements,
  drops,
  health,
  losses,
  configuration,
  terms,
];

const ICON_COLOURS = { pass: '1a7f4b', fail: 'c4302b', inconclusive: '9a6700', invalid: '7a3fc0' } as const;

/** The tab's icon tells the verdict; inline, so that nothing is asked for. */
function icon(result: keyof typeof ICON_COLOURS): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#${ICON_COLOURS[result]}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/**
 * One self-contained HTML file: opens from disk with no network, admits only its own script and style (by
 * digest), and can be read with scripts off. Text from dumps and clusters is escaped by the template.
 */
export function renderReport(input: ReportInput): string {
  const { style, chartLibrary, client } = assets();
  const sections = SECTIONS.map((build) => build(input));
  const scripts = [chartLibrary, ...client].map((script) => script.source).join(' ');
  const policy = `default-src 'none'; script-src ${scripts}; style-src ${style.source}; img-src data:; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="trino-rehearse ${version}">
<title>${RESULTS[input.verdict.result].label}: ${input.info.name}</title>
<link rel="icon" href="${icon(input.verdict.result)}">
<style>${trusted(style.text)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<div class="page">
${banner(input)}
<div class="columns">
${navigation(sections)}
<main id="main">
<noscript><p class="doubt">Scripts are off: charts are not drawn, but every chart’s data stands in the table below it.</p></noscript>
${sections.map(sectionMarkup)}
</main>
</div>
<footer><p>Made by trino-rehearse ${version}. Charts: Chart.js, MIT licence. This file is complete in itself and asks the network for nothing.</p></footer>
</div>
${jsonBlock('charts', charts(input))}
<script>${trusted(chartLibrary.text)}</script>
${client.map((script) => html`<script type="module">${trusted(script.text)}</script>`)}
</body>
</html>
`;
  return markupOf(page);
}

function navigation(sections: readonly Section[]): Html {
  return html`<nav aria-label="Sections"><ul>${sections.map(
    (section) =>
      html`<li><a href="#${section.id}">${section.title}${section.badge && html` ${badge(section.badge.tone, section.badge.text)}`}</a></li>`,
  )}</ul></nav>`;
}

function sectionMarkup(section: Section): Html {
  return html`<section id="${section.id}" aria-labelledby="${section.id}-title"><h2 id="${section.id}-title">${section.title}</h2>${section.body}</section>`;
}

/** The charts whose figures the sections have placed. */
function charts(input: ReportInput): ChartSpec[] {
  const { timeline: time, overhead: cost, latency: rows } = input.summary;
  const percentiles = percentileChart(rows);
  return [
    ...(time.buckets.length > 0 ? [rateChart(input), inFlightChart(input), responseChart(input)] : []),
    ...(cost === null ? [] : [differenceChart(cost), shiftChart(cost)]),
    ...(percentiles === null ? [] : [percentiles]),
  ];
}
