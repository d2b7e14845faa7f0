/** The report of a study: one self-contained page in the frame of all our pages. */
import { formatShare } from '../../base/units.ts';
import { decimal, ms, stamp } from '../../report/format.ts';
import { badge } from '../../report/html/parts.ts';
import { renderPage } from '../../report/html/shell.ts';
import { type Html, html } from '../../report/html/template.ts';
import type { Exhaustion } from '../plan/headroom.ts';
import type { StudyRecord } from '../study/record.ts';
import { growthWords, todayOf, untilWords } from '../study/until.ts';
import type { StudySection, StudySectionBuilder } from './section.ts';
import { balancers } from './sections/balancers.ts';
import { confirmation } from './sections/confirmation.ts';
import { curve } from './sections/curve.ts';
import { heatMap } from './sections/heat-map.ts';
import { load } from './sections/load.ts';
import { modes } from './sections/modes.ts';
import { plan } from './sections/plan.ts';
import { recordSection } from './sections/record.ts';
import { scalability } from './sections/scalability.ts';
import { whatIf } from './sections/what-if.ts';
import { verdictOf } from './verdict.ts';
import { zonedStamp } from './zoned.ts';

/** In the order a reader asks: how many, does it hold, for how long, at what cost, behind what, and from what. */
const SECTIONS: readonly StudySectionBuilder[] = [
  plan,
  confirmation,
  heatMap,
  modes,
  balancers,
  whatIf,
  curve,
  scalability,
  load,
  recordSection,
];

export function renderStudy(record: StudyRecord): string {
  const sections = SECTIONS.map((build) => build(record)).filter((s): s is StudySection => s !== null);
  const verdict = verdictOf(record);
  return renderPage({
    title: `${verdict.word}: ${record.name}`,
    tone: verdict.tone,
    charts: sections.flatMap((s) => s.charts ?? []),
    body: html`${banner(record)}
<div class="columns">
<nav aria-label="Sections"><ul>${sections.map(
      (s) =>
        html`<li><a href="#${s.id}">${s.title}${s.badge && html` ${badge(s.badge.tone, s.badge.text)}`}</a></li>`,
    )}</ul></nav>
<main id="main">
<noscript><p class="doubt">Scripts are off: charts are not drawn, but every chart’s data stands in the table below it.</p></noscript>
${sections.map(
  (s) =>
    html`<section id="${s.id}" aria-labelledby="${s.id}-title"><h2 id="${s.id}-title">${s.title}</h2>${s.body}</section>`,
)}
</main>
</div>`,
  });
}

function banner(record: StudyRecord): Html {
  const { tone, word, reason } = verdictOf(record);
  const facts = factsOf(record);
  return html`<header class="banner ${tone}">
<div class="topline"><span class="brand">Rehearse · capacity</span><span class="runid">${record.id}</span></div>
<div class="headline"><div><h1><span class="word">${word}</span> <span class="name">${record.name}</span></h1>
<p class="reason">${reason}</p></div></div>
${record.description !== '' && html`<p class="description">${record.description}</p>`}
<ul class="facts">${facts.map(
    (f) =>
      html`<li><span class="label">${f.label}</span><span class="value">${f.value}</span><span class="note">${f.note}</span></li>`,
  )}</ul>
<ul class="subject"><li>${stamp(record.startedAt)}</li><li>${record.dump.files.join(', ')}</li></ul>
</header>`;
}

interface Fact {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

function factsOf(record: StudyRecord): Fact[] {
  const { measured, objectives, plans, scale, loads, timeZone, together } = record;
  const open = plans.length - plans.filter((p) => p.size.planned !== null).length;
  const planned = plans.filter((p) => p.size.planned !== null);
  const total = planned.reduce((sum, p) => sum + (p.size.planned ?? 0), 0);
  const tightest = planned.reduce<number | null>(
    (min, p) => Math.min(min ?? Number.POSITIVE_INFINITY, p.size.headroom?.kill ?? 1),
    null,
  );
  const soonest = planned
    .flatMap((p) => (p.exhaustion === null ? [] : [p.exhaustion]))
    .toSorted((a, b) => firstDay(a).localeCompare(firstDay(b)))[0];
  const each = loads.map((l) => `${l.group} ${decimal(l.peak.perSecond * scale)}/s`).join(', ');
  const ownPromise = plans.some((p) => p.p95Ms !== undefined && p.p95Ms !== objectives.p95Ms);
  return [
    {
      label: 'Clusters',
      value: planned.length === 0 || open > 0 ? '?' : String(total),
      note: plans.map((p) => `${p.size.group} ${p.size.planned ?? 'open'}`).join(', '),
    },
    {
      label: 'Promise',
      value: `p95 ≤ ${ms(objectives.p95Ms)}`,
      note: `${objectives.queueMs === null ? '' : `in queues ≤ ${ms(objectives.queueMs)} (p95), `}drops ≤ ${formatShare(objectives.drops)}${ownPromise ? '; some groups have their own' : ''}`,
    },
    together === undefined
      ? { label: 'Peak', value: each, note: 'by group' }
      : {
          label: 'Peak',
          value: `${decimal(together.perSecond * scale)}/s`,
          note: `all groups together, ${zonedStamp(together.at, timeZone)}; each at its own peak: ${each}`,
        },
    {
      label: 'Room with one lost',
      value: tightest === null ? '?' : formatShare(Math.max(0, tightest - 1)),
      note: 'more load, tightest group',
    },
    {
      label: 'Used up on',
      value: untilWords(soonest ?? null, todayOf(record)),
      note: soonest === undefined ? '' : `growth of ${growthWords(soonest)}, tightest group`,
    },
    {
      label: 'Knee of a cluster',
      value: measured?.knee.kind === 'found' ? `${decimal(measured.knee.low)}/s` : 'not measured',
      note: measured?.knee.kind === 'found' ? `broken from ${decimal(measured.knee.high)}/s` : '',
    },
  ];
}

/** The earliest day that can be told of; groups that never get there come last. */
const firstDay = ({ date, earliest }: Exhaustion) => earliest ?? date ?? '9999';
