/** The columns of samples.parquet: one line each. docs/run-folder.md lists the same names for readers. */
import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import type { Arm, End, Sample, Stage } from './sample.ts';

type Type = 'INT64' | 'INT32' | 'STRING' | 'BOOLEAN';

interface Column {
  readonly name: string;
  readonly type: Type;
  readonly of: (sample: Sample) => number | string | boolean;
}

/** Times have the unit in their name; −1 stands for "did not happen", '' for "none". */
export const SAMPLE_COLUMNS: readonly Column[] = [
  { name: 'seq', type: 'INT64', of: (s) => s.seq },
  { name: 'arm', type: 'STRING', of: (s) => s.arm },
  { name: 'pair', type: 'INT64', of: (s) => s.pair },
  { name: 'gateway_first', type: 'BOOLEAN', of: (s) => s.gatewayFirst },
  { name: 'user', type: 'STRING', of: (s) => s.user },
  { name: 'source', type: 'STRING', of: (s) => s.source },
  { name: 'kind', type: 'STRING', of: (s) => s.kind },
  { name: 'fingerprint', type: 'STRING', of: (s) => s.fingerprint },
  { name: 'statement', type: 'STRING', of: (s) => s.statement },
  { name: 'expected_group', type: 'STRING', of: (s) => s.expectedGroup },
  { name: 'target', type: 'STRING', of: (s) => s.target },
  { name: 'intended_us', type: 'INT64', of: (s) => s.intendedUs },
  { name: 'released_us', type: 'INT64', of: (s) => s.releasedUs },
  { name: 'sent_us', type: 'INT64', of: (s) => s.sentUs },
  { name: 'submitted_us', type: 'INT64', of: (s) => s.submittedUs },
  { name: 'first_poll_us', type: 'INT64', of: (s) => s.firstPollUs },
  { name: 'first_row_us', type: 'INT64', of: (s) => s.firstRowUs },
  { name: 'last_us', type: 'INT64', of: (s) => s.lastUs },
  { name: 'posts', type: 'INT32', of: (s) => s.posts },
  { name: 'polls', type: 'INT32', of: (s) => s.polls },
  { name: 'fastest_poll_us', type: 'INT64', of: (s) => s.fastestPollUs },
  { name: 'retries', type: 'INT32', of: (s) => s.retries },
  { name: 'retry_us', type: 'INT64', of: (s) => s.retryUs },
  { name: 'query_id', type: 'STRING', of: (s) => s.queryId },
  { name: 'end', type: 'STRING', of: (s) => s.end },
  { name: 'stage', type: 'STRING', of: (s) => s.stage },
  { name: 'http_status', type: 'INT32', of: (s) => s.httpStatus },
  { name: 'error_name', type: 'STRING', of: (s) => s.errorName },
  { name: 'error_type', type: 'STRING', of: (s) => s.errorType },
  { name: 'detail', type: 'STRING', of: (s) => s.detail },
  { name: 'stray_answers', type: 'INT32', of: (s) => s.strayAnswers },
  { name: 'rows', type: 'INT64', of: (s) => s.rows },
  { name: 'checksum', type: 'STRING', of: (s) => s.checksum },
  { name: 'bytes', type: 'INT64', of: (s) => s.bytes },
  { name: 'expected_rows', type: 'INT64', of: (s) => s.expected?.rows ?? -1 },
  { name: 'expected_checksum', type: 'STRING', of: (s) => s.expected?.checksum ?? '' },
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

/** A row as a Parquet reader gives it, back to a sample. */
export function fromRow(row: Readonly<Record<string, unknown>>): Sample {
  const n = (name: string) => Number(row[name]);
  const t = (name: string) => String(row[name]);
  const expectedRows = n('expected_rows');
  return {
    ...{ seq: n('seq'), arm: t('arm') as Arm, pair: n('pair'), gatewayFirst: row.gateway_first === true },
    ...{ user: t('user'), source: t('source'), kind: t('kind'), fingerprint: t('fingerprint') },
    ...{ statement: t('statement'), expectedGroup: t('expected_group'), target: t('target') },
    ...{ intendedUs: n('intended_us'), releasedUs: n('released_us'), sentUs: n('sent_us') },
    ...{ submittedUs: n('submitted_us'), firstPollUs: n('first_poll_us'), firstRowUs: n('first_row_us') },
    ...{ lastUs: n('last_us'), posts: n('posts'), polls: n('polls'), fastestPollUs: n('fastest_poll_us') },
    ...{ retries: n('retries'), retryUs: n('retry_us'), queryId: t('query_id') },
    ...{ end: t('end') as End, stage: t('stage') as Stage, httpStatus: n('http_status') },
    ...{ errorName: t('error_name'), errorType: t('error_type'), detail: t('detail') },
    ...{ strayAnswers: n('stray_answers'), rows: n('rows'), checksum: t('checksum'), bytes: n('bytes') },
    ...(expectedRows < 0 ? {} : { expected: { rows: expectedRows, checksum: t('expected_checksum') } }),
  };
}
