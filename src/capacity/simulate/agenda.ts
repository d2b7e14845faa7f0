/** Things to do at a time, few of them: faults, their consequences, and what comes back. */

export interface Agenda {
  nextAt(): number;
  add(atMs: number, act: (nowMs: number) => void): void;
  /** Does the earliest. */
  run(): void;
}

export function createAgenda(): Agenda {
  const entries: { readonly atMs: number; readonly act: (nowMs: number) => void }[] = [];
  return {
    // The earliest stands last, so that it is taken off without moving the others.
    nextAt: () => entries.at(-1)?.atMs ?? Number.POSITIVE_INFINITY,
    add(atMs, act) {
      let low = 0;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle]?.atMs ?? 0) > atMs) low = middle + 1;
        else high = middle;
      }
      entries.splice(low, 0, { atMs, act });
    },
    run() {
      const entry = entries.pop();
      entry?.act(entry.atMs);
    },
  };
}
