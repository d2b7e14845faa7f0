/** The first thing a reader sees: the word, the reason, and the run in one line. */
import { clientNote, duration, headline, lossesAllTheSame, SIMULATED_NOTE, underTest } from '../facts.ts';
import { stamp } from '../format.ts';
import type { ReportInput } from '../input.ts';
import { RESULTS, type Tone } from '../words.ts';
import { type Html, html, trusted } from './template.ts';

const ICONS: Readonly<Record<Tone, string>> = {
  pass: '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
  fail: '<path d="M6.5 6.5l11 11m0-11l-11 11"/>',
  inconclusive: '<path d="M8.5 9a3.5 3.5 0 1 1 5 3.2c-1.1.5-1.5 1.1-1.5 2.3M12 18.2v.3"/>',
  invalid: '<path d="M12 5.5v8M12 17.7v.3"/>',
  quiet: '',
};

export function banner(input: ReportInput): Html {
  const { info, summary, verdict } = input;
  const word = RESULTS[verdict.result];
  const losses = lossesAllTheSame(input);
  return html`<header class="banner ${verdict.result}">
<div class="topline"><span class="brand">Rehearse</span><span class="runid">${info.id}</span></div>
<div class="headline">
<svg class="icon" viewBox="0 0 24 24" width="44" height="44" aria-hidden="true">${trusted(ICONS[verdict.result])}</svg>
<div><h1><span class="word">${word.label}</span> <span class="name">${info.name}</span></h1>
${losses !== '' && html`<p class="reason losses">${losses}.</p>`}
<p class="reason">${verdict.reason}</p></div>
</div>
${info.interrupted && html`<p class="doubt"><strong>Interrupted:</strong> the run was stopped before its end; the record so far is shown.</p>`}
${info.description !== '' && html`<p class="description">${info.description}</p>`}
<ul class="facts">${headline(input).map(
    (fact) =>
      html`<li><span class="label">${fact.label}</span><span class="value ${fact.tone}${fact.muted === true && ' muted'}">${fact.value}</span><span class="note">${fact.note}</span></li>`,
  )}</ul>
<ul class="subject"><li>${stamp(info.startedAt)}, ran ${duration(summary)}</li>${underTest(input).map((line) => html`<li>${line}</li>`)}</ul>
${info.simulated && html`<p class="simulated"><strong>Simulated clusters.</strong> ${SIMULATED_NOTE}</p>`}
${clientNote(info) !== '' && html`<p class="simulated"><strong>Official client.</strong> ${clientNote(info)}</p>`}
</header>`;
}
