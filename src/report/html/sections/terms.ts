/** The words of this page, each in a sentence. */
import { OUTCOMES } from '../../../measure/summary/outcome.ts';
import { OUTCOME_WORDS, RESULTS } from '../../words.ts';
import { details, type SectionBuilder } from '../parts.ts';
import { type Html, html } from '../template.ts';

const TERMS: readonly (readonly [string, string])[] = [
  ['intended start', 'when the plan says a query starts; fixed before the run and never moved'],
  ['response time', 'from the intended start to the last page: what a user would have felt'],
  ['service time', 'from the actual send to the last page: what the system did once asked'],
  ['schedule lag', 'how late the generator sent a query; its own fault, and checked above'],
  ['open loop', 'queries start when they are due, whether or not earlier ones have ended, as users do'],
  ['routing group', 'the clusters that may serve a query; the gateway picks one of them'],
  ['roll', 'replacing a cluster by a new one under load: start, check, switch over, drain, stop'],
  ['drain', 'no new queries, while those running may end'],
  ['exposed', 'queries in flight on a process at the moment it is killed or stopped'],
  ['baseline arm', 'the same statement sent straight to the cluster, past the gateway'],
  ['block', 'a stretch of time whose pairs count as one observation for the interval'],
  ['stub', 'a simulated coordinator that speaks the Trino protocol'],
];

export const terms: SectionBuilder = () => ({
  id: 'terms',
  title: 'Terms',
  body: html`${list(TERMS)}
${details('Outcomes', list(OUTCOMES.map((outcome) => [OUTCOME_WORDS[outcome].label, OUTCOME_WORDS[outcome].meaning])))}
${details('Verdicts', list(Object.values(RESULTS).map(({ label, meaning }) => [label, meaning])))}`,
});

function list(pairs: readonly (readonly [string, string])[]): Html {
  return html`<dl class="terms">${pairs.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>`;
}
