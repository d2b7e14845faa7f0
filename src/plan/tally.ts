/** Counts records by reason, with the first few places. */
import type { DumpRecord } from '../dump/record.ts';
import type { Skipped } from '../measure/record/run-info.ts';

const EXAMPLES_KEPT = 5;

export interface Tally {
  add(reason: string, record: DumpRecord): void;
  list(): Skipped[];
}

export function tally(): Tally {
  const entries = new Map<string, { count: number; examples: string[] }>();
  return {
    add(reason, { origin }) {
      const entry = entries.get(reason) ?? { count: 0, examples: [] };
      entry.count++;
      if (entry.examples.length < EXAMPLES_KEPT) entry.examples.push(`${origin.file}:${origin.line}`);
      entries.set(reason, entry);
    },
    list: () => [...entries].map(([reason, { count, examples }]) => ({ reason, count, examples })),
  };
}
