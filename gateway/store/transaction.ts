/** Several statements, all or none. */
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** As kysely's own, but what it throws is what went wrong first: a ROLLBACK on a broken connection fails as well. */
export async function transactionally<T>(
  db: Kysely<Tables>,
  task: (db: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  let first: { readonly error: unknown } | undefined;
  const noted = (one: Kysely<Tables>) =>
    task(one).catch((error: unknown) => {
      first = { error };
      throw error;
    });
  try {
    return await db.transaction().execute(noted);
  } catch (error) {
    throw first === undefined ? error : first.error;
  }
}
