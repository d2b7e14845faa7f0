/** The ledger in a line or two. */
import { formatCount } from '../base/units.ts';
import { FATES, type LedgerSummary } from '../measure/summary/ledger-summary.ts';
import { counted } from './format.ts';
import { EVIDENCE_WORDS, FATE_WORDS } from './words.ts';

/** `1 180 once + 6 by a re-run + 2 lost`. */
export function fatesText({ fates }: LedgerSummary): string {
  const parts = FATES.filter((fate) => fates[fate] > 0);
  return parts.map((fate) => `${formatCount(fates[fate])} ${FATE_WORDS[fate].label}`).join(' + ') || '0';
}

/** What the clusters say of it; what they cannot say without evidence is not said. */
export function clusterSideText(ledger: LedgerSummary): string {
  const { duplicates, evidence, executions, incomparable, orphans, reruns, unprovenReruns, untold } = ledger;
  if (evidence === 'none')
    return `${ledger.doubt || 'the clusters were not asked'}: duplicates and orphans cannot be told`;
  const proof =
    reruns === 0
      ? ''
      : `, ${formatCount(reruns - unprovenReruns)} of ${counted(reruns, 'declared re-run')} proven`;
  const silent = untold === 0 ? '' : `, ${formatCount(untold)} answered by a cluster that told nothing of it`;
  const vague = incomparable === 0 ? '' : `, ${counted(incomparable, 'result')} not comparable by content`;
  return `${counted(executions, 'execution')} in all arms by ${EVIDENCE_WORDS[evidence].label}: ${formatCount(duplicates)} without need, ${formatCount(orphans)} with nobody waiting${proof}${silent}${vague}`;
}
