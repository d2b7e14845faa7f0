/** Judges a run folder again, as it is, with its own gates or with others. */
import { join } from 'node:path';
import { type ComparableRun, comparableRun } from '../compare/comparable.ts';
import { compareRuns, storedReferences } from '../compare/compare.ts';
import type { StoredRun } from '../gates/evaluate.ts';
import { withImplied } from '../gates/implied.ts';
import type { Verdict } from '../gates/verdict.ts';
import { loadRunRecord } from '../measure/record/record-folder.ts';
import type { RunInfo, RunRecord } from '../measure/record/run-info.ts';
import { summarise } from '../measure/summarise.ts';
import type { Summary } from '../measure/summary/summary.ts';
import type { ReportInput } from '../report/input.ts';
import { readJudging } from './judging.ts';
import { lookFacts, verdictOver } from './looks.ts';

/**
 * Reads the record and judges it, with the looks that were judged with it. `gates` replace those of the scenario that was
 * run, `base` the stored run that it was held against. Throws RUN_UNREADABLE.
 */
export async function judgeRun(
  dir: string,
  gates?: readonly string[],
  base?: ComparableRun,
): Promise<ReportInput> {
  const record = await loadRunRecord(dir);
  const judging = readJudging(dir);
  const confidence = judging.look?.confidence;
  const summary = summarise(record, confidence === undefined ? {} : { confidence });
  const own = (record.info.scenario as { gates?: readonly string[] }).gates ?? [];
  const stored = base === undefined ? judging.stored : storedRun(record, summary, base);
  const facts = lookFacts(record.info.id, judging.look?.confirms ?? false, summary, stored ?? undefined);
  // How far an earlier look is from another stored run is not known: what counts from it stays open there.
  const earlier = judging.earlier.map((look) => (base === undefined ? look : { ...look, stored: null }));
  return {
    info: record.info,
    summary,
    verdict: onSamples(record.info, verdictOver([...earlier, facts], withImplied(gates ?? own))),
    events: record.events,
  };
}

/** The verdict with the digest of the samples that it was given on. */
export function onSamples({ written }: RunInfo, verdict: Verdict): Verdict {
  const samplesSha256 = written?.samplesSha256;
  return samplesSha256 === undefined ? verdict : { ...verdict, samplesSha256 };
}

/** A stored run as gates ask for it; undefined without one. */
export function storedRun(
  record: RunRecord,
  summary: Summary,
  base: ComparableRun | undefined,
): StoredRun | undefined {
  if (base === undefined) return undefined;
  const run = comparableRun(record, summary);
  const comparison = compareRuns(base, run);
  return {
    references: storedReferences(comparison, base, run),
    doubt: comparison.advisoryBecause.join('; '),
  };
}

/** Where a report of a run folder stands. */
export function reportFile(dir: string): string {
  return join(dir, 'index.html');
}
