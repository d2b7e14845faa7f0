/** Judges a run folder again, as it is, with its own gates or with others. */
import { join } from 'node:path';
import { evaluateGates } from '../gates/evaluate.ts';
import { loadRunRecord } from '../measure/record-folder.ts';
import { summarise } from '../measure/summarise.ts';
import type { ReportInput } from '../report/input.ts';

/** Reads the record and judges it. `gates` replace those of the scenario that was run. Throws RUN_UNREADABLE. */
export async function judgeRun(dir: string, gates?: readonly string[]): Promise<ReportInput> {
  const record = await loadRunRecord(dir);
  const summary = summarise(record);
  const own = (record.info.scenario as { gates?: readonly string[] }).gates ?? [];
  return {
    info: record.info,
    summary,
    verdict: evaluateGates(withImplied(gates ?? own), summary),
    events: record.events,
  };
}

/** Where a report of a run folder stands. */
export function reportFile(dir: string): string {
  return join(dir, 'index.html');
}

const GATEWAY_LIVES = 'gateway.lost == 0';

/** The gates of a run and the one that nobody has to write: a run whose gateway died does not pass. */
export function withImplied(gates: readonly string[]): readonly string[] {
  return gates.includes(GATEWAY_LIVES) ? gates : [...gates, GATEWAY_LIVES];
}
