/** The backends as the database has them, and who changed what through the API. */
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Engine } from './engines/engine.ts';
import type { BackendRow, ChangeRow, Tables } from './tables.ts';
import { fitted } from './text.ts';

/** A backend as the operator wants it; the object of the REST API. */
export interface Backend {
  readonly name: string;
  readonly proxyTo: string;
  readonly externalUrl: string;
  readonly routingGroup: string;
  readonly active: boolean;
}

/** What the API was asked to change, by whom. */
export interface Change {
  /** The user, or `` where nobody had to say who he is. */
  readonly actor: string;
  /** Address that the request came from. */
  readonly origin: string;
  /** Such as `add`, `update`, `activate`, `deactivate`, `delete`. */
  readonly action: string;
  readonly kind: 'backend' | 'rule';
  /** The backend's or rule's name. */
  readonly name: string;
  /** JSON of what was and what is; undefined where there was or is nothing. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface RecordedChange extends Change {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

const MOST_CHANGES = 1_000;

export async function readBackends(db: Kysely<Tables>): Promise<Backend[]> {
  return (await db.selectFrom('gateway_backend').selectAll().execute()).map(fromRow);
}

/** Inserts or replaces by name. */
export async function writeBackend(db: Kysely<Tables>, engine: Engine, backend: Backend): Promise<void> {
  const { name, ...rest } = toRow(backend);
  const insert = db.insertInto('gateway_backend').values({ name, ...rest });
  await (engine.onConflict === 'duplicate-key-clause'
    ? insert.onDuplicateKeyUpdate(rest)
    : insert.onConflict((c) => c.column('name').doUpdateSet(rest))
  ).execute();
}

export async function removeBackend(db: Kysely<Tables>, name: string): Promise<void> {
  await db.deleteFrom('gateway_backend').where('name', '=', name).execute();
}

let changesHere = 0;

/** Sorts by time, and those of one node and millisecond in their order. */
function nextId(nowMs: number): string {
  const within = String(changesHere++ % 1e9).padStart(9, '0');
  return `${String(nowMs).padStart(15, '0')}-${within}-${randomBytes(8).toString('hex')}`;
}

/** Texts longer than their columns are cut. */
export async function writeChange(db: Kysely<Tables>, change: Change, nowMs: number): Promise<void> {
  const text = (value: string, most: number) => fitted(value, { unit: 'characters', most });
  await db
    .insertInto('rehearse_change')
    .values({
      id: nextId(nowMs),
      changed_at: nowMs,
      actor: text(change.actor, 256),
      origin: text(change.origin, 64),
      action: text(change.action, 32),
      kind: change.kind,
      name: text(change.name, 256),
      before_text: change.before === undefined ? null : fitted(change.before, undefined),
      after_text: change.after === undefined ? null : fitted(change.after, undefined),
    })
    .execute();
}

/** Newest first. */
export async function readChanges(
  db: Kysely<Tables>,
  filter: { readonly kind?: Change['kind']; readonly name?: string; readonly most?: number },
): Promise<RecordedChange[]> {
  let query = db.selectFrom('rehearse_change').selectAll();
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  const rows = await query
    .orderBy('id', 'desc')
    .limit(Math.min(filter.most ?? 100, MOST_CHANGES))
    .execute();
  return rows.map(fromChangeRow);
}

function toRow(backend: Backend) {
  return {
    name: backend.name,
    routing_group: backend.routingGroup,
    backend_url: backend.proxyTo,
    external_url: backend.externalUrl,
    active: backend.active,
  };
}

/** The Java gateway's API has always filled all columns; rows written by hand may lack some. */
function fromRow(row: BackendRow): Backend {
  return {
    name: row.name,
    proxyTo: row.backend_url,
    externalUrl: row.external_url ?? row.backend_url,
    routingGroup: row.routing_group ?? '',
    active: Boolean(row.active),
  };
}

function fromChangeRow(row: ChangeRow): RecordedChange {
  return {
    atMs: Number(row.changed_at),
    actor: row.actor,
    origin: row.origin,
    action: row.action,
    kind: row.kind as Change['kind'],
    name: row.name,
    before: row.before_text ?? undefined,
    after: row.after_text ?? undefined,
  };
}
