/** Writes what a run amounts to into its folder, in every form that somebody or something reads. */
import { join } from 'node:path';
import { jsonText, writeAllWhole } from '../base/files.ts';
import { renderBenchmark } from './benchmark.ts';
import { renderReport } from './html/page.ts';
import type { ReportInput } from './input.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';

export { renderReport } from './html/page.ts';
export type { ReportInput } from './input.ts';
export { writeRunsPage } from './runs.ts';

/** The rendered formats: file name and renderer. The data they come from is written beside them as JSON. */
export const REPORT_FORMATS: Readonly<Record<string, (input: ReportInput) => string>> = {
  'index.html': renderReport,
  'summary.md': renderMarkdown,
  'junit.xml': renderJunit,
  'benchmark.json': renderBenchmark,
};

/** Writes summary.json, verdict.json and all formats into a folder: all of them, or none. */
export function writeReports(dir: string, input: ReportInput): void {
  const texts = Object.entries(REPORT_FORMATS).map(([file, render]) => [file, render(input)] as const);
  const data = [
    ['summary.json', jsonText(input.summary)],
    ['verdict.json', jsonText(input.verdict)],
  ] as const;
  writeAllWhole([...data, ...texts].map(([file, text]) => [join(dir, file), text]));
}
