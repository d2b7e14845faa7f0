/** The study in one word. */
import type { Tone } from '../../report/words.ts';
import type { StudyRecord } from '../study/record.ts';

export interface StudyVerdict {
  readonly tone: Tone;
  readonly word: string;
  readonly reason: string;
}

/** A plan that was tried and failed; a question without an answer; a plan that was only computed; a proven plan. */
export function verdictOf({ confirmation, inconclusive, plans }: StudyRecord): StudyVerdict {
  const planned = plans.filter((p) => p.size.planned !== null).length;
  if (confirmation?.confirmed === false)
    return {
      tone: 'fail',
      word: 'Not confirmed',
      reason: 'the plan was tried, and did not come out as planned',
    };
  if (planned === 0)
    return {
      tone: 'inconclusive',
      word: 'Inconclusive',
      reason: 'no group could be planned; what is missing stands below',
    };
  if (inconclusive.length > 0)
    return {
      tone: 'inconclusive',
      word: 'Planned, with open questions',
      reason: `${inconclusive.length === 1 ? 'one question has' : `${inconclusive.length} questions have`} no answer yet: ${inconclusive.map((m) => m.question).join(' ')}`,
    };
  if (confirmation === null || confirmation.confirmed === null)
    return { tone: 'quiet', word: 'Planned', reason: 'modelled from the dump; not tried on clusters' };
  return {
    tone: 'pass',
    word: 'Planned and confirmed',
    reason: 'one cluster rolled and one killed under the planned load: the promise held',
  };
}
