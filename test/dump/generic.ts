import type { ColumnMap } from '../../src/dump/format.ts';

/** The column map of dumps/generic.csv, as dumps/README.md gives it. */
export const GENERIC: ColumnMap = {
  arrivedAt: 'zeitpunkt',
  user: 'wer',
  source: 'werkzeug',
  clientTags: 'merkmale',
  sql: 'abfrage',
  catalog: 'katalog',
  schema: 'schema',
  elapsedMs: 'dauer_ms',
};
