// The yardstick: every row of a CSV file through csv-parse, and nothing done with it.
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';

let rows = 0;
for await (const _ of createReadStream(process.argv[2] ?? '').pipe(parse())) rows++;
console.log(rows);
