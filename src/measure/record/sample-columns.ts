/** The columns of samples.parquet: one line each. docs/run-folder.md lists the same names for readers. */
import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import type { Sample } from './sample.ts';

type Type = 'INT64' | 'INT32' | 'STRING' | 'BOOLEAN';

/** A field of a sample, or one of the two parts of the expected result. */
export type Field = Exclude<keyof Sample, 'expected'> | 'expectedRows' | 'expectedChecksum';

interface Column {
  readonly name: string;
  readonly type: Type;
  readonly field: Field;
  readonly of: (sample: Sample) => number | string | boolean;
  /** What stands in records that were written before there was such a column; the others must have it. */
  readonly whenAbsent?: number | string;
}

/** Version of the list of columns: 2 to 4 added those that have a value for when they are absent. */
export const COLUMNS_VERSION = 4;

/** Times have the unit in their name; −1 stands for "did not happen", '' for "none". */
export const SAMPLE_COLUMNS: readonly Column[] = [
  { name: 'seq', type: 'INT64', field: 'seq', of: (s) => s.seq },
  { name: 'arm', type: 'STRING', field: 'arm', of: (s) => s.arm },
  { name: 'pair', type: 'INT64', field: 'pair', of: (s) => s.pair },
  { name: 'gateway_first', type: 'BOOLEAN', field: 'gatewayFirst', of: (s) => s.gatewayFirst },
  { name: 'user', type: 'STRING', field: 'user', of: (s) => s.user },
  { name: 'source', type: 'STRING', field: 'source', of: (s) => s.source },
  { name: 'kind', type: 'STRING', field: 'kind', of: (s) => s.kind },
  { name: 'fingerprint', type: 'STRING', field: 'fingerprint', of: (s) => s.fingerprint },
  { name: 'statement', type: 'STRING', field: 'statement', of: (s) => s.statement },
  { name: 'expected_group', type: 'STRING', field: 'expectedGroup', of: (s) => s.expectedGroup },
  { name: 'target', type: 'STRING', field: 'target', of: (s) => s.target },
  { name: 'intended_us', type: 'INT64', field: 'intendedUs', of: (s) => s.intendedUs },
  { name: 'released_us', type: 'INT64', field: 'releasedUs', of: (s) => s.releasedUs },
  { name: 'sent_us', type: 'INT64', field: 'sentUs', of: (s) => s.sentUs },
  { name: 'submitted_us', type: 'INT64', field: 'submittedUs', of: (s) => s.submittedUs },
  { name: 'first_poll_us', type: 'INT64', field: 'firstPollUs', of: (s) => s.firstPollUs },
  { name: 'first_row_us', type: 'INT64', field: 'firstRowUs', of: (s) => s.firstRowUs },
  { name: 'last_us', type: 'INT64', field: 'lastUs', of: (s) => s.lastUs },
  { name: 'posts', type: 'INT32', field: 'posts', of: (s) => s.posts },
  { name: 'polls', type: 'INT32', field: 'polls', of: (s) => s.polls },
  { name: 'fastest_poll_us', type: 'INT64', field: 'fastestPollUs', of: (s) => s.fastestPollUs },
  { name: 'retries', type: 'INT32', field: 'retries', of: (s) => s.retries },
  { name: 'retry_us', type: 'INT64', field: 'retryUs', of: (s) => s.retryUs },
  { name: 'query_id', type: 'STRING', field: 'queryId', of: (s) => s.queryId },
  { name: 'end', type: 'STRING', field: 'end', of: (s) => s.end },
  { name: 'stage', type: 'STRING', field: 'stage', of: (s) => s.stage },
  { name: 'http_status', type: 'INT32', field: 'httpStatus', of: (s) => s.httpStatus },
  { name: 'error_name', type: 'STRING', field: 'errorName', of: (s) => s.errorName },
  { name: 'error_type', type: 'STRING', field: 'errorType', of: (s) => s.errorType },
  { name: 'detail', type: 'STRING', field: 'detail', of: (s) => s.detail },
  { name: 'stray_answers', type: 'INT32', field: 'strayAnswers', of: (s) => s.strayAnswers },
  { name: 'rows', type: 'INT64', field: 'rows', of: (s) => s.rows },
  { name: 'checksum', type: 'STRING', field: 'checksum', of: (s) => s.checksum },
  { name: 'bytes', type: 'INT64', field: 'bytes', of: (s) => s.bytes },
  { name: 'expected_rows', type: 'INT64', field: 'expectedRows', of: (s) => s.expected?.rows ?? -1 },
  {
    ...{ name: 'expected_checksum', type: 'STRING', field: 'expectedChecksum' },
    of: (s) => s.expected?.checksum ?? '',
  },
  // Added in version 2.
  { name: 'polls_us', type: 'INT64', field: 'pollsUs', of: (s) => s.pollsUs, whenAbsent: 0 },
  { name: 'submit_own_us', type: 'INT64', field: 'submitOwnUs', of: (s) => s.submitOwnUs, whenAbsent: -1 },
  {
    ...{ name: 'submit_upstream_us', type: 'INT64', field: 'submitUpstreamUs', whenAbsent: -1 },
    of: (s) => s.submitUpstreamUs,
  },
  {
    ...{ name: 'polls_upstream_us', type: 'INT64', field: 'pollsUpstreamUs', whenAbsent: -1 },
    of: (s) => s.pollsUpstreamUs,
  },
  // Added in version 3.
  { name: 'rerun_id', type: 'STRING', field: 'rerunId', of: (s) => s.rerunId, whenAbsent: '' },
  // Added in version 4.
  { name: 'enough_rows', type: 'INT64', field: 'enoughRows', of: (s) => s.enoughRows, whenAbsent: -1 },
];

/** The file's schema: all columns are required, nothing is null. */
export const SAMPLE_SCHEMA: SchemaElement[] = [
  { name: 'sample', num_children: SAMPLE_COLUMNS.length },
  ...SAMPLE_COLUMNS.map(
    ({ name, type }): SchemaElement =>
      type === 'STRING'
        ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }
        : { name, type, repetition_type: 'REQUIRED' },
  ),
];

/** A batch of samples, turned into columns. */
export function toColumns(samples: readonly Sample[]): ColumnSource[] {
  return SAMPLE_COLUMNS.map(({ name, type, of }) => ({
    name,
    data: samples.map((s) => (type === 'INT64' ? BigInt(of(s)) : of(s))),
  }));
}
