/** Files that were cut, are too large, or are no dumps at all: one row each, with the sentence that people read then. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
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
  {
    what: 'gzip in gzip',
    content: gzipSync(gzipSync(HEADER + rows(1))),
    reason: 'is packed twice: what is in its packing is packed again; unpack it once',
  },
  {
    what: 'zstd in gzip',
    content: gzipSync(zstdCompressSync(Buffer.from(HEADER + rows(1)))),
    reason: 'is packed twice: what is in its packing is packed again; unpack it once',
  },
  {
    what: 'a tar archive, packed',
    content: gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(250)])),
    reason: 'is a tar archive; unpack it, and name the files in it',
  },
  { what: 'an empty zip archive', content: 'PK\x05\x06', reason: 'is a zip archive with nothing in it' },
  { what: 'an ORC file', content: 'ORC\x11\0', reason: 'is an ORC file; export it as CSV or JSON lines' },
  {
    what: 'a SQLite database',
    content: 'SQLite format 3\0\x10',
    reason: 'is a SQLite database; export it as CSV or JSON lines',
  },
  {
    what: 'a PDF document',
    content: '%PDF-1.7\n',
    reason: 'is a PDF document; export it as CSV or JSON lines',
  },
  {
    what: 'a web page',
    content: '<!DOCTYPE html>\n<html></html>\n',
    reason: 'is a web page, perhaps one that asks to sign in; download the export itself',
  },
  { what: 'XML', content: '<?xml version="1.0"?>\n<a/>\n', reason: 'is XML; export it as CSV or JSON lines' },
  {
    what: 'a pointer of Git LFS',
    content: 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\n',
    reason: 'is a pointer of Git LFS; fetch the file with git lfs pull',
  },
  {
    what: 'a dump of SQL statements',
    content: '-- MySQL dump 10.13\nINSERT INTO t VALUES (1);\n',
    reason:
      'is a dump of SQL statements; export the table as CSV (mysql --batch, psql CSV HEADER), or ask the database with rehearse dump pull',
  },
  {
    what: 'a table that mysql drew',
    content: '+----+-----+\n| id | sql |\n+----+-----+\n',
    reason: 'is a table drawn for people; export it as CSV (mysql --batch; trino --output-format CSV_HEADER)',
  },
  {
    what: 'a table that psql drew',
    content: ' query_id | query | user\n----------+-------+------\n a | b | c\n',
    reason:
      'is a table drawn for people; export it as CSV (psql CSV HEADER; trino --output-format CSV_HEADER)',
  },
  {
    what: 'lines that end with a carriage return',
    content: (HEADER + rows(2)).replaceAll('\n', '\r'),
    reason: 'ends its lines with a carriage return alone; give them newlines, as tr does with \\r and \\n',
  },
  {
    what: 'UTF-16 without a mark, and half a character at its end',
    content: Buffer.concat([Buffer.from(HEADER + rows(1), 'utf16le'), Buffer.from('x')]),
    reason: `line 3: is not valid UTF-16LE; the row before it is not used either${UNLESS}`,
  },
  {
    what: 'UTF-8 that goes on as UTF-16',
    content: Buffer.concat([Buffer.from(HEADER + rows(1)), Buffer.from(rows(1), 'utf16le')]),
    reason: 'line 3: holds a zero byte, so this is not a text file',
  },
  {
    what: 'objects a hundred thousand deep',
    content: '{"a":'.repeat(100_000),
    reason: 'line 1: the JSON ends inside an object: the file was cut',
  },
];
