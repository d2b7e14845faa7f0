// What a statement does, by its leading words. What is called read-only is sent to clusters, so doubt counts as a write.
import { describe, expect, test } from 'vitest';
import { isReadOnly, type StatementKind, statementKind } from '../../src/trino/sql-kind.ts';

describe('the kind of a statement', () => {
  test.each<[string, StatementKind]>([
    ['SELECT 1', 'select'],
    ['-- a comment\nSELECT 1', 'select'],
    ['/* INSERT INTO t */ (SELECT 1)', 'select'],
    ["SELECT 'it''s; fine' AS \"a;b\";", 'select'],
    ['SHOW CREATE TABLE t', 'show'],
    ['EXPLAIN DELETE FROM t', 'explain'],
    ['EXPLAIN ANALYZE VERBOSE SELECT 1', 'explain'],
    ['SELECT * FROM TABLE(sequence(1, 3))', 'select'],
  ])('%j only reads: %s', (sql, kind) => {
    expect(statementKind(sql)).toBe(kind);
    expect(isReadOnly(kind)).toBe(true);
  });

  test.each<[string, StatementKind]>([
    ['--x\rINSERT INTO t --y\nSELECT 1', 'insert'],
    ['EXPLAIN ANALYZE VERBOSE INSERT INTO t SELECT 1', 'insert'],
    ["SELECT * FROM TABLE(pg.system.query(query => 'DROP TABLE t'))", 'unknown'],
    ['SELECT 1; DROP TABLE t', 'unknown'],
    ['SELECT * FROM TABLE(mysql.system.sequence(1, 2))', 'unknown'],
    ['WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a', 'unknown'],
    ['SELECT * FROM FINAL TABLE (INSERT INTO t VALUES 1)', 'unknown'],
    ["EXPLAIN SELECT * FROM TABLE(pg.system.query(query => 'DROP TABLE t'))", 'unknown'],
    ["SHOW STATS FOR (SELECT * FROM TABLE(pg.system.query(query => 'x')))", 'unknown'],
    ["SELECT * FROM TABLE --x\r (pg.system.query(query => 'DROP TABLE t'))", 'unknown'],
    ["EXECUTE IMMEDIATE 'DROP TABLE t'", 'execute'],
    ['', 'unknown'],
  ])('%j may write: %s', (sql, kind) => {
    expect(statementKind(sql)).toBe(kind);
    expect(isReadOnly(kind)).toBe(false);
  });

  test('a text of many megabytes is no trouble', () => {
    expect(statementKind(`SELECT '${'x'.repeat(16e6)}'`)).toBe('select');
  });
});
