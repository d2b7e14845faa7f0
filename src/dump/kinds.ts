/** Statement kinds of many texts by their words: enough to count by, and quick enough for millions. */
import { hash } from 'node:crypto';
import { type StatementKind, statementKind } from '../trino/sql-kind.ts';

const REMEMBERED = 20_000;

/** Tells kinds, and remembers those of texts seen lately: dashboards ask the same again and again. */
export function rememberedKind(): (sql: string) => StatementKind {
  let kinds = new Map<string, StatementKind>();
  return (sql) => {
    const key = hash('sha1', sql, 'base64');
    const known = kinds.get(key);
    if (known !== undefined) return known;
    if (kinds.size >= REMEMBERED) kinds = new Map();
    const kind = statementKind(sql);
    kinds.set(key, kind);
    return kind;
  };
}
