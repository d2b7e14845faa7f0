/** Rolls and faults: one card per action, with what it cost the queries. */
import { formatCount } from '../../../base/units.ts';
import type { RunEvent } from '../../../measure/record/events.ts';
import type { ActionSummary } from '../../../measure/summary/summary.ts';
import { actionVerdict, explained, loadStartMs } from '../../facts.ts';
import { moment, ms } from '../../format.ts';
import { badge, nothing, type SectionBuilder, sheet } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const actions: SectionBuilder = ({ summary, events }) => {
  const faults = events.filter((event) => event.type.startsWith('fault-') && !explained(summary, event));
  const startMs = loadStartMs(events);
  const cards = summary.actions.map((action) => card(action, startMs));
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

function card(action: ActionSummary, loadMs: number | undefined): Html {
  const { tone, text } = actionVerdict(action);
  return html`<article class="card ${tone}" aria-labelledby="action-${action.action}">
<header><span class="number ${action.kind}" aria-hidden="true">${action.action + 1}</span>
<h3 id="action-${action.action}">${action.title}</h3>${badge(tone, text)}</header>
<p class="muted">${KINDS[action.kind]}, ${moment(action.startMs)} to ${moment(action.endMs)} (${ms(action.endMs - action.startMs)})${loadMs !== undefined && html`; ${moment(action.startMs - loadMs)} after the load began`}</p>
${action.doubt !== '' && html`<p class="doubt"><strong>Doubt:</strong> ${action.doubt}</p>`}
${sheet([
  ...(action.openAtSwitch === null ? [] : [inFlightAtSwitch(action.openAtSwitch)]),
  [
    'Exposed',
    html`${formatCount(action.exposed)} <span class="muted">in flight ${DECISIVE[action.kind]}</span>`,
  ],
  ['Dropped', dropped(action)],
  ['Saved', saved(action)],
  ...(action.burstMs === null ? [] : [['First to last drop', ms(action.burstMs)] as [string, string]]),
  ['Next success', nextSuccess(action)],
])}
<ol class="steps">${action.steps
    .filter((step) => step.text.replace(/^roll /, '') !== action.title)
    .map(
      (step) =>
        html`<li><span class="at">${moment(step.atMs)}</span><span class="what">${step.text}</span><span class="took">${step.tookMs > 0 && ms(step.tookMs)}</span></li>`,
    )}</ol>
</article>`;
}

const AFTER = {
  roll: 'from the old cluster’s stop',
  kill: 'from the kill',
  start: 'from the start',
  fault: 'from its beginning',
} as const;

function inFlightAtSwitch(open: number): [string, Html] {
  return [
    'To be drained',
    html`${formatCount(open)} <span class="muted">in flight when the old cluster was taken out of service</span>`,
  ];
}

function saved({ rerun, retried }: ActionSummary): Html {
  const parts = [
    ...(retried === 0 ? [] : [`${formatCount(retried)} by the client’s own retries`]),
    ...(rerun === 0 ? [] : [`${formatCount(rerun)} run again by the gateway`]),
  ];
  return parts.length === 0 ? html`0 <span class="muted">none had to be</span>` : html`${parts.join(', ')}`;
}

/** How long the group had to wait for an answer, whether or not a query was dropped. */
function nextSuccess({ firstGoodMs, kind }: ActionSummary): Html {
  if (firstGoodMs === null) return html`none <span class="muted">was sent and finished afterwards</span>`;
  return html`${ms(firstGoodMs)} <span class="muted">${AFTER[kind]}, until a query of the group sent since then had finished</span>`;
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
