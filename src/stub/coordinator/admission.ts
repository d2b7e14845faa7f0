/** One resource group: so many queries run, so many wait in order, more are turned away. */

export interface Admission<T> {
  /** Starts at once (`start` is called before this returns), queues, or refuses. */
  submit(item: T): 'started' | 'queued' | 'full';
  /** A running item ended: the next in line starts. */
  release(): void;
  /** Takes a waiting item out of the line. */
  withdraw(item: T): void;
  readonly running: number;
  readonly queued: number;
}

/** An empty group. `start` is called for each item when its turn comes. */
export function admission<T>(
  limits: { readonly maxRunning: number; readonly maxQueued: number },
  start: (item: T) => void,
): Admission<T> {
  const line = new Set<T>();
  let running = 0;
  return {
    submit(item) {
      if (running < limits.maxRunning) {
        running++;
        start(item);
        return 'started';
      }
      if (line.size >= limits.maxQueued) return 'full';
      line.add(item);
      return 'queued';
    },
    release() {
      running--;
      for (const next of line) {
        line.delete(next);
        running++;
        start(next);
        return;
      }
    },
    withdraw: (item) => void line.delete(item),
    get running() {
      return running;
    },
    get queued() {
      return line.size;
    },
  };
}
