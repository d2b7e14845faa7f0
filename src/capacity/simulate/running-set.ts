/** The queries that run on one cluster, the next to end first: a heap in two arrays that grow. */

export interface RunningSet {
  readonly size: number;
  add(query: number, endsAt: number): void;
  /** Virtual time at which the next one ends; Infinity when none runs. */
  firstEndsAt(): number;
  takeFirst(): number;
  /** Takes all out, in no order. */
  takeAll(): number[];
}

export function runningSet(expected: number): RunningSet {
  let ends = new Float64Array(Math.max(4, expected));
  let ids = new Int32Array(ends.length);
  let size = 0;
  const grow = () => {
    const longerEnds = new Float64Array(ends.length * 2);
    longerEnds.set(ends);
    ends = longerEnds;
    const longerIds = new Int32Array(ends.length);
    longerIds.set(ids);
    ids = longerIds;
  };
  return {
    get size() {
      return size;
    },
    add(query, endsAt) {
      if (size === ends.length) grow();
      let slot = size++;
      while (slot > 0) {
        const parent = (slot - 1) >> 1;
        if ((ends[parent] as number) <= endsAt) break;
        ends[slot] = ends[parent] as number;
        ids[slot] = ids[parent] as number;
        slot = parent;
      }
      ends[slot] = endsAt;
      ids[slot] = query;
    },
    firstEndsAt: () => (size === 0 ? Number.POSITIVE_INFINITY : (ends[0] as number)),
    takeFirst() {
      const first = ids[0] as number;
      size--;
      const at = ends[size] as number;
      const id = ids[size] as number;
      let slot = 0;
      for (;;) {
        let child = 2 * slot + 1;
        if (child >= size) break;
        if (child + 1 < size && (ends[child + 1] as number) < (ends[child] as number)) child++;
        if ((ends[child] as number) >= at) break;
        ends[slot] = ends[child] as number;
        ids[slot] = ids[child] as number;
        slot = child;
      }
      ends[slot] = at;
      ids[slot] = id;
      return first;
    },
    takeAll() {
      const all = [...ids.subarray(0, size)];
      size = 0;
      return all;
    },
  };
}
