/** A thread that reads statements for `readStatements`. */
import type { ReadingJob } from './reader.ts';
import { readStatement } from './reading.ts';
import { serveJobs } from './thread.ts';

// Nobody waits for a single text: whatever a first reading learns, the texts themselves may teach.
serveJobs(({ text, readOnlyFunctions }: ReadingJob) => readStatement(text, readOnlyFunctions), {
  practised: false,
});
