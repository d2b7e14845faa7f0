/** What people hand in by mistake: one row each, with the exact sentence that they read then. `FILE` stands for its path. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { OpenOptions } from '../../src/dump/open.ts';

export interface Malformed {
  readonly what: string;
  readonly content: string | Buffer;
  readonly code?: 'DUMP_EMPTY';
  readonly reason: string;
  readonly options?: OpenOptions;
}

export const HEADER = 'query_id,query,user,query_state\n';
export const row = (index: number, sql = 'SELECT 1') =>
  `20260302_081500_${String(index).padStart(5, '0')}_ab3de,${sql},ana,FINISHED\n`;
export const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i)).join('');

export const UNLESS = ', unless you say `partial: true` (--partial)';
const ASK =
  'save the dump as UTF-8, or name what it is in, such as `encoding: windows-1252` (--encoding windows-1252)';
export const CANONICAL = '{"v":1,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"}';

export const MALFORMED: readonly Malformed[] = [
  { what: 'empty file', content: '', code: 'DUMP_EMPTY', reason: 'the file is empty (0 bytes)' },
  { what: 'blank lines', content: '\n \n\n', code: 'DUMP_EMPTY', reason: 'the file holds only blank lines' },
  { what: 'header only', content: HEADER, code: 'DUMP_EMPTY', reason: 'it has a header and no rows' },
  { what: 'empty array', content: '[]', code: 'DUMP_EMPTY', reason: 'it has no rows' },
  {
    what: 'empty file, packed',
    content: gzipSync(''),
    code: 'DUMP_EMPTY',
    reason: 'the file is empty inside its packing',
  },
  {
    what: 'packed file with a damaged byte',
    content: (() => {
      const bytes = gzipSync(HEADER + rows(3));
      bytes[bytes.length - 8] = (bytes.at(-8) ?? 0) ^ 0xff;
      return bytes;
    })(),
    reason: 'the gzip data is damaged (incorrect data check)',
  },
  {
    what: 'zip archive',
    content: Buffer.from('PK\x03\x04rest'),
    reason: 'is a zip archive; unpack it, or pack it with gzip instead',
  },
  {
    what: 'Parquet file',
    content: Buffer.from('PAR1....'),
    reason: 'is a Parquet file; export it as CSV or JSON lines',
  },
  {
    what: 'binary rubbish',
    content: Buffer.from([...'a,b\nc'].map((c) => c.charCodeAt(0)).concat([0, 1, 2, 0xfe, 0xff])),
    reason: 'line 2: holds a zero byte, so this is not a text file',
  },
  {
    what: 'invalid UTF-8',
    content: Buffer.concat([
      Buffer.from(HEADER + rows(2)),
      Buffer.from('x,caf\xe9,y,z\n', 'latin1'),
      Buffer.from(row(3)),
    ]),
    reason:
      'line 4: is not valid UTF-8; save the dump as UTF-8, or name what it is in, such as `encoding: windows-1252` (--encoding windows-1252)',
  },
  {
    what: 'a character cut at the end of the file',
    content: Buffer.concat([Buffer.from(HEADER + rows(1)), Buffer.from([0xe2, 0x82])]),
    reason:
      'line 3: is not valid UTF-8; save the dump as UTF-8, or name what it is in, such as `encoding: windows-1252` (--encoding windows-1252); the row before it is not used either, unless you say `partial: true` (--partial)',
  },
  {
    what: 'unknown columns',
    content: 'query_id,statement,usr\nq,SELECT 1,ana\n',
    reason:
      'no known format has a header like query_id, statement, usr; nearest is completed-queries, which also needs query, create_time; or give a column map (`columns`, --column sql=…)',
  },
  {
    what: 'a known header with a column missing',
    content: 'query_id,user,state,created\nq,ana,FINISHED,2026-03-02 08:15:00 UTC\n',
    reason:
      'no known format has a header like query_id, user, state, created; nearest is gateway-history, which also needs query_text or queryText; or give a column map (`columns`, --column sql=…)',
  },
  {
    what: 'unknown keys',
    content: '{"a":1,"sql":"SELECT 1"}\n',
    reason:
      'no known format has a first object like a, sql; nearest is canonical, which also needs v, submittedAt, user; or give a column map (`columns`, --column sql=…)',
  },
  {
    what: 'JSON whose first line is cut',
    content: '{"v":1,"sql":"SEL\n',
    reason: 'line 1: not JSON: {"v":1,"sql":"SEL',
  },
  {
    what: 'a column named twice',
    content: 'query_id,query,user,query\n',
    reason: 'line 1: its header names the column "query" twice',
  },
  {
    what: 'a quote inside a quoted field',
    content: `${HEADER + rows(2)}q,"SELECT "x" FROM t",ana,FINISHED\n${row(4)}`,
    reason:
      'line 4: broken quoting in this row; a quote inside a quoted field must be doubled (""); the 2 rows before it are not used either, unless you say `partial: true` (--partial)',
  },
  {
    what: 'a quote that is never closed',
    content: `${HEADER + rows(1)}q,"SELECT 1\nFROM t,ana,FINISHED\n`,
    reason:
      'line 3: broken quoting: a quote opened in this row is never closed; the row before it is not used either, unless you say `partial: true` (--partial)',
  },
  {
    what: 'a field over 16 MB',
    content: `${HEADER + rows(2)}q,"${'x\n'.repeat(9 * 1024 ** 2)}`,
    reason:
      'line 4: this row is longer than 16 MB; a quote in it is probably never closed; the 2 rows before it are not used either, unless you say `partial: true` (--partial)',
  },
  {
    what: 'a JSON line over 16 MB',
    content: `{"v":1,"sql":"${'x'.repeat(17 * 1024 ** 2)}`,
    reason: 'line 1: this row is longer than 16 MB',
  },
  {
    what: 'an array that was cut',
    content: '[\n{"v":1,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"},\n',
    reason:
      'line 3: the JSON array is not closed: the file was cut; the row before it is not used either, unless you say `partial: true` (--partial)',
  },
  {
    what: 'an object that was cut',
    content: '[\n{"v":1,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"},\n{"v":1,',
    reason:
      'line 3: the JSON ends inside an object: the file was cut; the row before it is not used either, unless you say `partial: true` (--partial)',
  },
  {
    what: 'no row that can be used',
    content: `${HEADER}q,,ana,FINISHED\nq,SELECT 1,,FINISHED\n`,
    code: 'DUMP_EMPTY',
    reason: 'all 2 rows were refused, the first for: no SQL text at FILE:2',
  },
  {
    what: 'a format that does not exist',
    content: HEADER + rows(1),
    options: { format: 'trino-querys' },
    reason: 'no dump format is called "trino-querys"; did you mean "trino-queries"?',
  },
  {
    what: 'a format that does not fit',
    content: HEADER + rows(1),
    options: { format: 'runtime-queries' },
    reason:
      'its header lacks created, needed by format runtime-queries; known here: query_id, query, user, query_state',
  },
  {
    what: 'a column map that does not fit',
    content: 'ts,usr,statement\n1,b,c\n',
    options: { columns: { arrivedAt: 'ts', user: 'usr', sql: 'statment' } },
    reason: 'its header lacks statment, needed by your column map; did you mean "statement"?',
  },
  {
    what: 'format generic without a column map',
    content: 'a,b\n1,2\n',
    options: { format: 'generic' },
    reason: 'format generic needs a column map that says which column holds what',
  },
  // Packings
  {
    what: 'gzip whose header alone is there',
    content: gzipSync(HEADER).subarray(0, 6),
    reason: 'the gzip data ends too early: the file was cut',
  },
  {
    what: 'zstd that was cut',
    content: zstdCompressSync(HEADER + rows(500)).subarray(0, 300),
    reason: 'the zstd data ends too early: the file was cut',
  },
  {
    what: 'zstd followed by something else',
    content: Buffer.concat([zstdCompressSync(HEADER + rows(2)), Buffer.from('and the rest')]),
    reason: `the zstd data is followed by something else; the 2 rows before it are not used either${UNLESS}`,
  },
  {
    what: 'empty file, packed with zstd',
    content: zstdCompressSync(''),
    code: 'DUMP_EMPTY',
    reason: 'the file is empty inside its packing',
  },
  {
    what: 'bzip2',
    content: Buffer.from('BZh91AY&SY'),
    reason: 'is packed with bzip2; unpack it, or pack it with gzip instead',
  },
  {
    what: 'xz',
    content: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    reason: 'is packed with xz; unpack it, or pack it with gzip instead',
  },
  {
    what: 'lz4',
    content: Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x64]),
    reason: 'is packed with lz4; unpack it, or pack it with zstd instead',
  },
  {
    what: 'Avro',
    content: Buffer.from('Obj\x01\x04\x14avro.codec'),
    reason: 'is an Avro file; export it as CSV or JSON lines',
  },
  {
    what: 'a zip archive inside gzip',
    content: gzipSync('PK\x03\x04rest'),
    reason: 'is a zip archive; unpack it, or pack it with gzip instead',
  },
  // Encodings
  {
    what: 'UTF-16 with a header and no rows',
    content: Buffer.from(`\ufeff${HEADER}`, 'utf16le'),
    code: 'DUMP_EMPTY',
    reason: 'it has a header and no rows',
  },
  {
    what: 'UTF-16 cut within a character',
    content: Buffer.from(`\ufeff${HEADER}${rows(1)}`, 'utf16le').subarray(0, -1),
    reason: 'line 2: is not valid UTF-16LE',
  },
  {
    what: 'half of a pair of UTF-16 units',
    content: Buffer.from(`\ufeff${HEADER}${rows(1)}q,SELECT \ud800,ana,X\n`, 'utf16le'),
    reason: 'line 3: is not valid UTF-16LE',
  },
  {
    what: 'UTF-32 text',
    content: Buffer.from([0xff, 0xfe, 0x00, 0x00, 0x71, 0x00, 0x00, 0x00]),
    reason: 'is UTF-32 text; save it as UTF-8',
  },
  {
    what: 'a zero byte in the middle',
    content: `${HEADER}${rows(1)}${'x'.repeat(70)},SELECT \0,ana,FINISHED\n`,
    reason: 'line 3: holds a zero byte, so this is not a text file',
  },
  {
    what: 'Latin-1 text in its header',
    content: Buffer.from('query_id,query,user,query_state,größe\nq,SELECT 1,ana,FINISHED,1\n', 'latin1'),
    reason: `line 1: is not valid UTF-8; ${ASK}`,
  },
  // Questions
  {
    what: 'two separators seen equally often',
    content: 'query_id;query,user;query_state,created\nq;SELECT 1,ana;FINISHED,1\n',
    reason:
      'line 1: which character separates its columns? The header has as many of comma as of semicolon; say `delimiter: comma` (--delimiter comma) or another',
  },
  {
    what: 'a header that fits two formats',
    content: 'query_id,query,user,query_state,created\nq,SELECT 1,ana,FINISHED,2026-03-02 08:15:00\n',
    reason:
      'what is it? Its header fits runtime-queries and trino-queries; say `format: runtime-queries` (--format runtime-queries) or another',
  },
  {
    what: 'a dump without users',
    content:
      'query_id,create_time,wall_time_millis,output_rows,written_output_rows,catalog,schema,session_properties,query\nq,2026-03-02 08:15:00.120 UTC,1,1,0,tpch,tiny,{},SELECT 1\n',
    reason: 'whose are its queries? presto-replay has no user; say `user: NAME` (--user NAME)',
  },
  {
    what: 'dates that may be read in two ways',
    content:
      'query_id,user,query,created\nq1,ana,SELECT 1,23/02/2026 09:15:00\nq2,ana,SELECT 1,03/02/2026 09:15:00\n',
    reason:
      'line 3: a date can be read in two ways, day first or month first; say `dateOrder: dmy` or `mdy`: 03/02/2026 09:15:00',
  },
  // Rows
  {
    what: 'times that no one understands',
    content: 'query_id,user,query,created\nq,ana,SELECT 1,yesterday\n',
    code: 'DUMP_EMPTY',
    reason: 'all 1 rows were refused, the first for: time not understood: yesterday at FILE:2',
  },
  {
    what: 'a date that does not exist',
    content: 'query_id,user,query,created\nq,ana,SELECT 1,2026-02-30 09:15:00 UTC\n',
    code: 'DUMP_EMPTY',
    reason: 'all 1 rows were refused, the first for: time not understood: 2026-02-30 09:15:00 UTC at FILE:2',
  },
  {
    what: 'a time zone that does not exist',
    content: 'query_id,user,query,created\nq,ana,SELECT 1,2026-02-03 09:15:00 Europe/Atlantis\n',
    code: 'DUMP_EMPTY',
    reason:
      'all 1 rows were refused, the first for: time not understood: 2026-02-03 09:15:00 Europe/Atlantis at FILE:2',
  },
  {
    what: 'no time at all, and an id that tells none',
    content: `${HEADER}q,SELECT 1,ana,FINISHED\n`,
    code: 'DUMP_EMPTY',
    reason: 'all 1 rows were refused, the first for: no arrival time, and none in the query id: q at FILE:2',
  },
  {
    what: 'texts cut by an old gateway',
    content: `query_id,query_text,user_name,created\nq,${'x'.repeat(197)}...,ana,1772439300000\n`,
    code: 'DUMP_EMPTY',
    reason: 'all 1 rows were refused, the first for: truncated SQL: ends in ... at 200 characters at FILE:2',
  },
  {
    what: 'texts cut by a logger',
    content: `${HEADER}${row(1, 'SELECT x...[TRUNCATED]')}`,
    code: 'DUMP_EMPTY',
    reason: 'all 1 rows were refused, the first for: truncated SQL: ends in ...[TRUNCATED] at FILE:2',
  },
  {
    what: 'rows with too many fields',
    content: `${HEADER}q,SELECT 1, 2,ana,FINISHED\n`,
    code: 'DUMP_EMPTY',
    reason:
      'all 1 rows were refused, the first for: wrong number of fields: 5 where the header has 4 at FILE:2',
  },
  {
    what: 'another version of our own form',
    content: '{"v":2,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"}\n',
    code: 'DUMP_EMPTY',
    reason: 'all 1 rows were refused, the first for: not version 1 of the canonical form: v is 2 at FILE:1',
  },
  // JSON
  {
    what: 'an array of numbers',
    content: '[1, 2, 3]',
    reason: 'line 1: only objects are understood here, and this is none: 1, 2, 3]',
  },
  {
    what: 'text between objects',
    content: `[${CANONICAL},\nand then\n${CANONICAL}]`,
    reason: `line 2: only objects are understood here, and this is none: and then`,
  },
  {
    what: 'one JSON text',
    content: '"SELECT 1"\n',
    reason:
      'no known format has a header like select 1, nor any part of it; known are canonical, http-events, query-info, event-logger, gateway-history, runtime-queries, trino-queries, completed-queries, presto-replay, superset, querybook, generic; or give a column map (`columns`, --column sql=…)',
  },
  {
    what: 'a log without events',
    content: '2026-03-02T08:15:00Z INFO starting\n2026-03-02T08:15:01Z INFO started\n',
    reason:
      'no known format has a header like 2026-03-02t08:15:00z info starting, nor any part of it; known are canonical, http-events, query-info, event-logger, gateway-history, runtime-queries, trino-queries, completed-queries, presto-replay, superset, querybook, generic; or give a column map (`columns`, --column sql=…)',
  },
  {
    what: 'an encoding that is not the one named',
    content: Buffer.from(`\ufeff${HEADER}${rows(1)}`, 'utf16le'),
    options: { encoding: 'utf-8' },
    reason: 'line 1: holds a zero byte, so this is not a text file',
  },
  {
    what: 'two columns without a name',
    content: 'query_id,query,user,query_state,,\nq,SELECT 1,ana,FINISHED,,\n',
    reason: 'line 1: its header names the column "" twice',
  },
];
