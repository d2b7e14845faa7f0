/**
 * What the clients of a session replay will hold when a statement is asked: what has been prepared, and where the session may
 * stand. It follows what is sent, not what was recorded.
 */
import type { DumpRecord } from '../dump/record.ts';
import type { StatementReading } from '../sql/reading.ts';
import { asSent } from './headers.ts';

/** Whose statements keep their order: a user's of one source. No two pairs have one name, whatever is put behind it. */
export function sessionOf({ user, source }: DumpRecord): string {
  return JSON.stringify([user, source ?? '']);
}

/** Catalog and schema of a session, in lower case. */
export interface Place {
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
}

/** A session at the time when one of its statements is asked. */
export interface SessionState {
  /** Text of each prepared statement; a name that is not here is nobody's. */
  readonly prepared: Readonly<Record<string, string>>;
  /** Where it may stand: at the last of these if all before went well, at another if something failed. Never empty. */
  readonly places: readonly Place[];
  /** Who its statements may run as: the recorded user, and whom SET SESSION AUTHORIZATION has named. */
  readonly users: readonly string[];
  /** Catalogs that its SQL path names: short names of functions may lead there. */
  readonly path: readonly string[];
}

export interface SessionBook {
  stateOf(record: DumpRecord): SessionState;
  /** Notes a statement that is sent as it was recorded; `reading` is of what it runs. */
  sent(record: DumpRecord, reading: StatementReading): void;
  /** Notes one that is not, or not so: what it was to prepare is not prepared, and what had that name before was not meant. */
  left(record: DumpRecord, reading: StatementReading): void;
}

/** Statements that share nothing: each has what it was recorded with. */
export const NO_SESSIONS: SessionBook = {
  stateOf: (record) => ({
    ...{ prepared: record.prepared, places: [recordedPlace(record)], path: [] },
    users: [asSent(record).user],
  }),
  sent: () => {},
  left: () => {},
};

interface Changes {
  /** A text, or undefined for a name that was taken away. */
  readonly prepared: Map<string, string | undefined>;
  readonly uses: { readonly catalog?: string; readonly schema: string }[];
  readonly users: Set<string>;
  readonly path: Set<string>;
}

const none = (): Changes => ({ prepared: new Map(), uses: [], users: new Set(), path: new Set() });

export function sessionBook(): SessionBook {
  const bySession = new Map<string, Changes>();
  const changesOf = (record: DumpRecord): Changes => {
    const session = sessionOf(record);
    const changes = bySession.get(session) ?? none();
    bySession.set(session, changes);
    return changes;
  };
  return {
    stateOf(record) {
      const { prepared, uses, users, path } = changesOf(record);
      const texts = new Map<string, string | undefined>([...Object.entries(record.prepared), ...prepared]);
      const held = [...texts].filter((pair): pair is [string, string] => pair[1] !== undefined);
      return {
        prepared: Object.fromEntries(held),
        places: placesAfter(recordedPlace(record), uses),
        users: [asSent(record).user, ...users],
        path: [...path],
      };
    },
    sent(record, { changes, kind, queryType, reach }) {
      const state = changesOf(record);
      const setsPath = queryType === 'SetPath' || (kind === 'session' && queryType === 'Execute');
      if (setsPath) for (const name of reach.named) state.path.add(name);
      if (changes?.kind === 'prepare') state.prepared.set(changes.name, changes.sql);
      else if (changes?.kind === 'deallocate') state.prepared.set(changes.name, undefined);
      else if (changes?.kind === 'use') addUse(state.uses, changes);
      else if (changes?.user !== undefined) state.users.add(changes.user);
    },
    left(record, { changes }) {
      if (changes?.kind === 'prepare') changesOf(record).prepared.set(changes.name, undefined);
    },
  };
}

function recordedPlace(record: DumpRecord): Place {
  const { catalog, schema } = asSent(record);
  return { catalog: catalog || undefined, schema: schema || undefined };
}

/** Each place once, the last one last: thousands of statements may stand behind a hundred USEs of two schemas. */
function addUse(uses: Changes['uses'], { catalog, schema }: Changes['uses'][number]): void {
  const same = uses.findIndex((use) => use.catalog === catalog && use.schema === schema);
  if (same >= 0) uses.splice(same, 1);
  uses.push({ schema, ...(catalog === undefined ? {} : { catalog }) });
}

/** A USE of a schema alone stays in the catalog that the session has by then, whichever that is. */
function placesAfter(recorded: Place, uses: Changes['uses']): readonly Place[] {
  const inOrder = [recorded.catalog, ...uses.flatMap(({ catalog }) => catalog ?? [])];
  const catalogs = [...new Set(inOrder.reverse())].reverse();
  const places = uses.flatMap(({ catalog, schema }): readonly Place[] =>
    catalog === undefined ? catalogs.map((one) => ({ catalog: one, schema })) : [{ catalog, schema }],
  );
  return [recorded, ...places];
}
