/** The page of a run: banner, navigation, sections. */
import type { ReportInput } from '../input.ts';
import { RESULTS } from '../words.ts';
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
import { ledger } from './sections/ledger.ts';
import { losses } from './sections/losses.ts';
import { outcomes } from './sections/outcomes.ts';
import { overhead } from './sections/overhead.ts';
import { routing } from './sections/routing.ts';
import { statements } from './sections/statements.ts';
import { stickiness } from './sections/stickiness.ts';
import { terms } from './sections/terms.ts';
import { timeline } from './sections/timeline.ts';
import { renderPage } from './shell.ts';
import { type Html, html } from './template.ts';

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
  ledger,
  distribution,
  statements,
  drops,
  health,
  losses,
  configuration,
  terms,
];

/** A run's report. */
export function renderReport(input: ReportInput): string {
  const sections = SECTIONS.map((build) => build(input));
  return renderPage({
    title: `${RESULTS[input.verdict.result].label}: ${input.info.name}`,
    tone: input.verdict.result,
    charts: charts(input),
    body: html`${banner(input)}
<div class="columns">
${navigation(sections)}
<main id="main">
<noscript><p class="doubt">Scripts are off: charts are not drawn, but every chart’s data stands in the table below it.</p></noscript>
${sections.map(sectionMarkup)}
</main>
</div>`,
  });
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
  const percentiles = [percentileChart(rows, 'all'), percentileChart(rows, 'pairs')];
  return [
    ...(time.buckets.length > 0 ? [rateChart(input), inFlightChart(input), responseChart(input)] : []),
    ...(cost === null ? [] : [differenceChart(cost), shiftChart(cost)]),
    ...percentiles.filter((chart) => chart !== null),
  ];
}
