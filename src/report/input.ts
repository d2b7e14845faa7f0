/** What every report format is made from: a run folder's content, judged. */
import type { Verdict } from '../gates/verdict.ts';
import type { RunEvent } from '../measure/record/events.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Summary } from '../measure/summary/summary.ts';

export interface ReportInput {
  readonly info: RunInfo;
  readonly summary: Summary;
  readonly verdict: Verdict;
  readonly events: readonly RunEvent[];
}
