/** Files that were cut, are too large, or are no dumps at all: one row each, with the sentence that people read then. */
import { formatCount } from '../../src/base/units.ts';
import { CANONICAL, HEADER, type Malformed, rows, UNLESS } from './malformed.ts';

export const DAMAGED: readonly Malformed[] = [
  {
    what: 'a table cut in its last row, before its columns are complete',
    content: `${HEADER + rows(2)}20260302_081500_00009_ab3de,SELECT 1,an`,
    reason: `line 4: the last row has 3 of 4 fields and no line end: the file was cut; the 2 rows before it are not used either${UNLESS}`,
  },
  {
    what: 'an escaped table cut in its last row',
    content: 'query_id\tquery\tuser\tquery_state\nq1\tSELECT 1\tana\tFINISHED\nq2\tSELECT',
    reason: `line 3: the last row has 2 of 4 fields and no line end: the file was cut; the row before it is not used either${UNLESS}`,
  },
  {
    what: 'JSON lines cut inside the last one',
    content: `${CANONICAL}\n${CANONICAL}\n${CANONICAL.slice(0, 60)}`,
    reason: `line 3: the last line ends inside its JSON: the file was cut; the 2 rows before it are not used either${UNLESS}`,
  },
  {
    what: 'JSON lines cut between two keys of the last one',
    content: `${CANONICAL}\n{"v":1,`,
    reason: `line 2: the last line ends inside its JSON: the file was cut; the row before it is not used either${UNLESS}`,
  },
  {
    what: 'the only line of JSON, cut',
    content: CANONICAL.slice(0, 60),
    reason: 'line 1: the JSON ends inside an object: the file was cut',
  },
  {
    what: 'lines of a log cut inside the last event',
    content: `INFO QUERY: ${CANONICAL}\nINFO QUERY: ${CANONICAL.slice(0, 60)}`,
    reason: `line 2: the last line ends inside its JSON: the file was cut; the row before it is not used either${UNLESS}`,
  },
  {
    what: 'a header of a million columns',
    content: `${Array.from({ length: 1_000_000 }, (_, i) => `c${i}`).join(',')}\n1,2\n`,
    reason: 'line 1: its first line is longer than 1 MB: this is no header of a table, nor a line of JSON',
  },
  {
    what: 'a header of more columns than a table has',
    content: `${Array.from({ length: 20_000 }, (_, i) => `c${i}`).join(',')}\n1,2\n`,
    reason: `line 1: its header names ${formatCount(20_000)} columns, and more than ${formatCount(10_000)} are not read; export those that a replay needs`,
  },
  {
    what: 'a row of four million columns',
    content: `${HEADER}${','.repeat(4_000_000)}\n`,
    code: 'DUMP_EMPTY',
    reason:
      'all 1 rows were refused, the first for: wrong number of fields: 4000001 where the header has 4 at FILE:2',
  },
  {
    what: 'a column with a name of a megabyte',
    content: `${'x'.repeat(1024 ** 2)},query\n1,2\n`,
    reason: 'line 1: its first line is longer than 1 MB: this is no header of a table, nor a line of JSON',
  },
  {
    what: 'a column with a very long name',
    content: `${'x'.repeat(900_000)},query\n1,2\n`,
    reason: `no known format has a header like ${'x'.repeat(40)}…, query; nearest is runtime-queries, which also needs query_id, user, created; or give a column map (\`columns\`, --column sql=…)`,
  },
];
