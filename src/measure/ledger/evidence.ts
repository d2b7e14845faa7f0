/** Whether the clusters' side of the ledger can be counted on: by what they told, not by what they were asked. */
import type { RunRecord } from '../record/run-info.ts';
import type { LedgerSummary } from '../summary/ledger-summary.ts';

export interface EvidenceFound {
  /** `none` as soon as there is a doubt. */
  readonly evidence: LedgerSummary['evidence'];
  /** Why what the clusters tell cannot be counted on; '' when it can. */
  readonly doubt: string;
}

/** A count of what was told is one of what happened only where all of it is there. */
export function evidenceOf({ info, samples, told = [], toldDoubt = '' }: RunRecord): EvidenceFound {
  const { evidence = 'none' } = info;
  if (evidence === 'none') return { evidence, doubt: 'the clusters were not asked' };
  if (toldDoubt !== '') return { evidence: 'none', doubt: toldDoubt };
  if (told.length > 0) return { evidence, doubt: '' };
  for (let place = 0; place < samples.length; place++)
    if (samples.sentUs.at(place) >= 0)
      return { evidence: 'none', doubt: 'the clusters told nothing of what they ran' };
  return { evidence, doubt: '' };
}
