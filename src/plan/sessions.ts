/** What the clients of a session replay will have prepared when a statement is asked. */
import type { DumpRecord } from '../dump/record.ts';
import type { StatementReading } from '../sql/reading.ts';

/** Whose statements keep their order: a user's of one source. */
export function sessionOf({ user, source }: DumpRecord): string {
  return `${user}\u0000${source ?? ''}`;
}

export interface SessionBook {
  /** The prepared statements of the record's session: those recorded with it, and those prepared before. */
  preparedFor(record: DumpRecord): Readonly<Record<string, string>>;
  /** Notes a statement that will be sent. */
  note(record: DumpRecord): void;
}

export function sessionBook(readingOf: (sql: string) => StatementReading): SessionBook {
  const bySession = new Map<string, Record<string, string>>();
  return {
    preparedFor: (record) => ({ ...record.prepared, ...bySession.get(sessionOf(record)) }),
    note(record) {
      const { prepares } = readingOf(record.sql);
      if (prepares === undefined) return;
      const known = bySession.get(sessionOf(record)) ?? {};
      bySession.set(sessionOf(record), { ...known, [prepares.name]: prepares.sql });
    },
  };
}
