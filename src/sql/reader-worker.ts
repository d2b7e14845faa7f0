/** A thread that reads statements for `readStatements`. */
import type { ReadingJob } from './reader.ts';
import { readStatement } from './reading.ts';
import { serveJobs } from './thread.ts';

serveJobs(({ text, readOnlyFunctions }: ReadingJob) => readStatement(text, readOnlyFunctions));
