/** Keeps what was made of statements, newest use last, so that repeated texts are read once. */
import { type Understood, understand } from './understand.ts';

/** Characters of SQL that are kept; longer statements are read each time. */
const KEPT_CHARACTERS = 8_000_000;
const KEPT_TEXT = 200_000;

/** `understand` with a memory. */
export function understandingCache(): (sql: string) => Understood {
  const kept = new Map<string, Understood>();
  let characters = 0;
  return (sql) => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const understood = understand(sql);
    if (sql.length > KEPT_TEXT) return understood;
    kept.set(sql, understood);
    characters += sql.length + 200;
    for (const oldest of kept.keys()) {
      if (characters <= KEPT_CHARACTERS) break;
      kept.delete(oldest);
      characters -= oldest.length + 200;
    }
    return understood;
  };
}
