/** A heap of n things that each have one next time: the earliest is at hand, any may be moved. */

export interface TimeHeap {
  /** Number of the earliest. */
  first(): number;
  /** Its time; Infinity when nothing is due. */
  firstAt(): number;
  /** Moves a thing to another time; Infinity takes it out of the way. */
  set(i: number, at: number): void;
}

/** All things start at Infinity. Every operation costs O(log n) and allocates nothing. */
export function timeHeap(n: number): TimeHeap {
  const times = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const place = Int32Array.from(order);
  const put = (slot: number, i: number) => {
    order[slot] = i;
    place[i] = slot;
  };
  const up = (from: number) => {
    const i = order[from] as number;
    const at = times[i] as number;
    let slot = from;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      const other = order[parent] as number;
      if ((times[other] as number) <= at) break;
      put(slot, other);
      slot = parent;
    }
    put(slot, i);
  };
  const down = (from: number) => {
    const i = order[from] as number;
    const at = times[i] as number;
    let slot = from;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= n) break;
      if (
        child + 1 < n &&
        (times[order[child + 1] as number] as number) < (times[order[child] as number] as number)
      )
        child++;
      const other = order[child] as number;
      if ((times[other] as number) >= at) break;
      put(slot, other);
      slot = child;
    }
    put(slot, i);
  };
  return {
    first: () => order[0] as number,
    firstAt: () => times[order[0] as number] as number,
    set(i, at) {
      const before = times[i] as number;
      times[i] = at;
      if (at < before) up(place[i] as number);
      else if (at > before) down(place[i] as number);
    },
  };
}
