/** Rolls and faults: one card per action, with what it cost the queries. */
import { formatCount } from '../../../base/units.ts';
import type { RunEvent } from '../../../measure/record/events.ts';
import type { ActionSummary } from '../../../measure/summary/summary.ts';
import { actionVerdict, explained } from '../../facts.ts';
import { moment, ms } from '../../format.ts';
import { badge, nothing, type SectionBuilder, sheet } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const actions: SectionBuilder = ({ summary, events }) => {
  const faults = events.filter((event) => event.type.startsWith('fault-') && !explained(summary, event));
  const cards = summary.actions.map(card);
  const failed = summary.actions.some((action) => !action.ok || action.avoidable > 0);
  return {
    id: 'actions',
    title: 'Rolls and faults',
    badge: { text: String(summary.actions.length), tone: failed ? 'fail' : 'quiet' },
    body: html`${
      cards.length === 0
        ? nothing('No cluster was rolled or killed in this run; it says nothing about rolls.')
        : html`<div class="cards">${cards}</div>`
    }${faults.length > 0 && faultList(faults)}`,
  };
};

const KINDS = { roll: 'Roll', kill: 'Kill', start: 'Start', fault: 'Fault' } as const;

/** The moment that decides an action: what is in flight then is at risk. */
const DECISIVE = {
  roll: 'at the old cluster’s stop',
  kill: 'at the kill',
  start: 'at the start',
  fault: 'when it began',
} as const;

function card(action: ActionSummary): Html {
  const { tone, text } = actionVerdict(action);
  return html`<article class="card ${tone}" aria-labelledby="action-${action.action}">
<header><span class="number ${action.kind}" aria-hidden="true">${action.action + 1}</span>
<h3 id="action-${action.action}">${action.title}</h3>${badge(tone, text)}</header>
<p class="muted">${KINDS[action.kind]}, ${moment(action.startMs)} to ${moment(action.endMs)} (${ms(action.endMs - action.startMs)})</p>
${action.doubt !== '' && html`<p class="doubt"><strong>Doubt:</strong> ${action.doubt}</p>`}
${sheet([
  ...(action.openAtSwitch === null ? [] : [inFlightAtSwitch(action.openAtSwitch)]),
  [
    'Exposed',
    html`${formatCount(action.exposed)} <span class="muted">in flight ${DECISIVE[action.kind]}</span>`,
  ],
  ['Dropped', dropped(action)],
  [
    'Saved',
    html`${formatCount(action.retried + action.rerun)} <span class="muted">${formatCount(action.retried)} by the client’s own retries, ${formatCount(action.rerun)} run again by the gateway</span>`,
  ],
  ['First to last drop', ms(action.burstMs)],
  ['First good query after', action.firstGoodMs === null ? 'none' : ms(action.firstGoodMs)],
])}
<ol class="steps">${action.steps
    .filter((step) => step.text.replace(/^roll /, '') !== action.title)
    .map(
      (step) =>
        html`<li><span class="at">${moment(step.atMs)}</span><span class="what">${step.text}</span><span class="took">${step.tookMs > 0 && ms(step.tookMs)}</span></li>`,
    )}</ol>
</article>`;
}

function inFlightAtSwitch(open: number): [string, Html] {
  return [
    'To be drained',
    html`${formatCount(open)} <span class="muted">in flight when the old cluster was taken out of service</span>`,
  ];
}

function dropped(action: ActionSummary): Html {
  const parts = (['avoidable', 'detection', 'unavoidable'] as const)
    .filter((blame) => action[blame] > 0)
    .map((blame) => `${formatCount(action[blame])} ${blame}`);
  return html`${formatCount(action.drops)} ${parts.length > 0 && html`<span class="muted">(${parts.join(', ')})</span>`}`;
}

function faultList(faults: readonly RunEvent[]): Html {
  return html`<h3>Injected faults</h3><ol class="steps">${faults.map(
    (event) =>
      html`<li><span class="at">${moment(event.atUs / 1000)}</span><span class="what">${event.text}</span><span class="took">${event.tookMs !== undefined && ms(event.tookMs)}</span></li>`,
  )}</ol>`;
}
