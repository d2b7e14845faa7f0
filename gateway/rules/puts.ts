/** What one rule puts into `result`: told apart from what was there already. */
import { keyOf } from './values/text.ts';
import { type Entry, type MapValue, newMap, type Value } from './values/value.ts';

export interface Puts {
  /** A map that notes what is put into it. */
  readonly result: MapValue;
  /** Forgets what was put so far. */
  begin(): void;
  /** What was put last under the key since then; undefined when nothing was. */
  of(key: string): Value | undefined;
}

export function watchedResult(): Puts {
  const put = new Map<string, Value>();
  const entries = new Map<string, Entry>();
  /** A key that is there already is put by assigning to its entry. */
  const watched = (name: string, { key, kind, value: first }: Entry): Entry => {
    let now = first;
    put.set(name, now);
    return {
      key,
      kind,
      get value() {
        return now;
      },
      set value(next) {
        now = next;
        put.set(name, next);
      },
    };
  };
  const set = entries.set.bind(entries);
  entries.set = (name, entry) => set(name, watched(name, entry));
  return { result: { ...newMap(), entries }, begin: () => put.clear(), of: (key) => put.get(keyOf(key)) };
}
