/** A worker thread that analyses one statement after another. */
import { statementFacts } from '../../src/sql/facts.ts';
import type { Defaults } from '../../src/sql/statement-facts.ts';
import { serveJobs } from '../../src/sql/thread.ts';

export interface Job {
  readonly text: string;
  readonly defaults: Defaults;
  readonly prepared: boolean;
}

serveJobs(({ text, defaults, prepared }: Job) => statementFacts(text, defaults, prepared));
