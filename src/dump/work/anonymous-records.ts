/** A stream of records through an anonymiser. */
import type { DumpRecord } from '../record.ts';
import type { Anonymiser } from './anonymise.ts';

/** The records that were understood; `onRefused` is told the reason of each other one. */
export async function* anonymousRecords(
  batches: AsyncIterable<readonly DumpRecord[]>,
  anonymise: Anonymiser,
  onRefused: (reason: string) => void,
): AsyncGenerator<readonly DumpRecord[]> {
  for await (const batch of batches) {
    const made: DumpRecord[] = [];
    for (const record of batch) {
      const one = anonymise.record(record);
      if ('refused' in one) onRefused(one.refused);
      else made.push(one);
    }
    if (made.length > 0) yield made;
  }
}
