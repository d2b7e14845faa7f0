/** A plan whose statements are read in threads, each for no longer than its time: what hostile texts do, they do there. */
import { RehearseError } from '../base/errors.ts';
import type { DumpRecord } from '../dump/record.ts';
import type { Watch } from '../dump/watch.ts';
import type { Scenario } from '../scenario/schema.ts';
import { readStatements } from '../sql/reader.ts';
import { type StatementReading, unreadable } from '../sql/reading.ts';
import { buildPlan, type PlanOptions } from './build.ts';
import type { Plan } from './plan.ts';

/** Builds the plan as `buildPlan` does. Rejects with the signal's reason at once, whatever is being read. */
export async function readAndPlan(
  records: readonly DumpRecord[],
  scenario: Scenario,
  options: Pick<PlanOptions, 'expectedResult'> & {
    readonly signal: AbortSignal;
    /** Told how many texts have been read. */
    readonly watch?: Watch | undefined;
    /** For one text, milliseconds. */
    readonly timeLimitMs?: number;
  },
): Promise<Plan> {
  const { expectedResult, watch, ...limits } = options;
  const { readOnlyFunctions } = scenario.safety;
  const readings = new Map<string, StatementReading>();
  for (let wanted: ReadonlySet<string> = textsOf(records); ; ) {
    watch?.begin('reading statements', { rows: wanted.size });
    const read = await readStatements(wanted, { readOnlyFunctions, ...limits, onRead: () => watch?.rows(1) });
    for (const [text, reading] of read) readings.set(text, reading);
    // What the policy makes of statements, and what they prepare, is known only once they are read themselves.
    const missing = new Set<string>();
    const readingOf = (sql: string): StatementReading => {
      const reading = readings.get(sql);
      if (reading === undefined) missing.add(sql);
      return reading ?? unreadable('not read yet');
    };
    const plan = planned(() => buildPlan(records, scenario, { expectedResult, readingOf }));
    if (missing.size === 0) return plan();
    wanted = missing;
  }
}

/** A plan or its refusal, which counts only when everything has been read. */
function planned(build: () => Plan): () => Plan {
  try {
    const plan = build();
    return () => plan;
  } catch (error) {
    if (!(error instanceof RehearseError)) throw error;
    return () => {
      throw error;
    };
  }
}

/** Every text that may run: the statements, and what they have prepared. */
function textsOf(records: readonly DumpRecord[]): ReadonlySet<string> {
  return new Set(records.flatMap(({ sql, prepared }) => [sql, ...Object.values(prepared)]));
}
