/** Whether a statement may reach a catalog, and whether it surely stays inside one. */
import type { StatementReading } from '../../sql/reading.ts';
import type { Place, SessionState } from '../sessions.ts';
import { completed } from './redirect.ts';

/** Schemas of Trino's own catalog whose tables are filled by asking every catalog. */
const ABOUT_ALL: ReadonlySet<string> = new Set(['system.jdbc', 'system.metadata']);

/** True where the statement reaches the catalog, or where nobody can tell that it does not. Names in lower case. */
export function mayReach(
  wanted: string,
  { places, reach }: StatementReading,
  session: SessionState,
): boolean {
  if (reach.any || reach.named.includes(wanted) || session.path.includes(wanted)) return true;
  const full = session.places.flatMap((at) => places.map((place) => completed(place, at)));
  if (full.some((name) => name === undefined || name[0] === wanted)) return true;
  if (full.some((name) => ABOUT_ALL.has(name?.slice(0, 2).join('.') ?? ''))) return true;
  return reach.own && session.places.some(({ catalog }) => catalog === wanted);
}

/** True where all that the statement names lies in the catalog, wherever its session stands. */
export function staysInside(
  wanted: string,
  { places, reach, allPlaced, functions }: StatementReading,
  session: SessionState,
): boolean {
  if (reach.any || !allPlaced || functions.length > 0 || places.length === 0) return false;
  const inside = (at: Place) => places.every((place) => completed(place, at)?.[0] === wanted);
  return session.places.every(inside);
}
