/** A stream of records through an anonymiser. */
import type { Origin } from '../../measure/record/run-info.ts';
import type { DumpRecord } from '../record.ts';
import type { Anonymiser } from './anonymise.ts';

/** The records that were understood; `onRefused` is told why not of each other one, and where it stands. */
export async function* anonymousRecords(
  batches: AsyncIterable<readonly DumpRecord[]>,
  anonymise: Anonymiser,
  onRefused: (reason: string, origin: Origin) => void,
): AsyncGenerator<readonly DumpRecord[]> {
  for await (const batch of batches) {
    const made: DumpRecord[] = [];
    for (const record of batch) {
      const one = anonymise.record(record);
      if ('refused' in one) onRefused(one.refused, record.origin);
      else made.push(one);
    }
    if (made.length > 0) yield made;
  }
}
