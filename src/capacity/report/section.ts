/** One part of a study's report: its markup, and the charts that it has placed. */
import type { ChartSpec } from '../../report/html/charts/spec.ts';
import type { Section } from '../../report/html/parts.ts';
import type { StudyRecord } from '../study/record.ts';

export interface StudySection extends Section {
  readonly charts?: readonly ChartSpec[];
}

/** Null where the study has nothing to say. */
export type StudySectionBuilder = (record: StudyRecord) => StudySection | null;
