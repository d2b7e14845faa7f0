/**
 * Many records of one shape in little memory: a column for each field instead of an object for each record. A record is
 * called by its place. What is asked of all records is read column by column, place by place; what is asked of one is
 * asked of a view, an object that holds its place and reads each field from its column when somebody asks for it. So a
 * million records cost their values, and the garbage collector has nothing to look at.
 */

/** Places of records in a table. */
export type Places = Uint32Array<ArrayBuffer>;

/** One field of all records. */
export interface Column<T> {
  at(place: number): T;
  /** What a function makes of each value; fill first. Where few values are distinct it is asked once for each of those. */
  map<U>(of: (value: T) => U): Column<U>;
  /** Where values are kept apart: each of them once, and perhaps one that no record has. */
  distinct?(): readonly T[];
  /** Of numbers: whether each is an integer that is exact. */
  areIntegers?(): boolean;
}

/** Numbers of one field: 32 bits each, until one comes that needs more (microseconds do for half an hour). */
export class NumberColumn implements Column<number> {
  #values: Int32Array | Float64Array;

  /** So many numbers, all the same at first. */
  constructor(length: number, first = 0) {
    this.#values = new Int32Array(length).fill(first);
  }

  at(place: number): number {
    return this.#values[place] ?? Number.NaN;
  }

  map<U>(of: (value: number) => U): Column<U> {
    return computed((place) => of(this.at(place)));
  }

  areIntegers(): boolean {
    return this.#values instanceof Int32Array || this.#values.every(Number.isSafeInteger);
  }

  /** Also as 64-bit integers, which are read by their two halves: a million big integers would be made otherwise. */
  fill(from: number, values: ArrayLike<unknown>): void {
    if (!(values instanceof BigInt64Array)) {
      for (let i = 0; i < values.length; i++) this.set(from + i, Number(values[i]));
      return;
    }
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    const held = this.#values;
    for (let i = 0; i < values.length; i++) {
      const low = halves[2 * i] ?? 0;
      const high = halves[2 * i + 1] ?? 0;
      // Most fit into the low half; one that does not may change what the values are held in.
      if (high === low >> 31 && held === this.#values) held[from + i] = low;
      else this.set(from + i, high * 2 ** 32 + (low >>> 0));
    }
  }

  set(place: number, value: number): void {
    if (this.#values instanceof Int32Array && (value | 0) !== value)
      this.#values = Float64Array.from(this.#values);
    this.#values[place] = value;
  }
}

/** A column of ids has no value twice, and looking for one would only cost: from so many on nobody looks any more. */
const MOST_KNOWN = 50_000;

/** Values of one field of which few are distinct: those once, and for each record which of them it has. */
export class CodedColumn<T> implements Column<T> {
  readonly #codes: Uint32Array;
  readonly #distinct: T[];
  readonly #codeOf: Map<T, number>;
  /** Neighbours are often alike. */
  #last: T;
  #lastCode = 0;

  /** So many values, all the same at first. */
  constructor(length: number, first: T) {
    this.#codes = new Uint32Array(length);
    this.#distinct = [first];
    this.#codeOf = new Map([[first, 0]]);
    this.#last = first;
  }

  at(place: number): T {
    return this.#distinct[this.#codes[place] ?? 0] as T;
  }

  distinct(): readonly T[] {
    return this.#distinct;
  }

  map<U>(of: (value: T) => U): Column<U> {
    const made = this.#distinct.map((value) => of(value));
    return computed((place) => made[this.#codes[place] ?? 0] as U);
  }

  fill(from: number, values: ArrayLike<T>): void {
    for (let i = 0; i < values.length; i++) this.set(from + i, values[i] as T);
  }

  set(place: number, value: T): void {
    if (value !== this.#last) {
      this.#lastCode = this.#code(value);
      this.#last = value;
    }
    this.#codes[place] = this.#lastCode;
  }

  #code(value: T): number {
    const isOpen = this.#codeOf.size < MOST_KNOWN;
    const known = isOpen ? this.#codeOf.get(value) : undefined;
    if (known !== undefined) return known;
    const code = this.#distinct.push(value) - 1;
    if (isOpen) this.#codeOf.set(value, code);
    return code;
  }
}

/** A column that is not held but made of others when it is asked for. */
export function computed<T>(at: (place: number) => T): Column<T> {
  return { at, map: (of) => computed((place) => of(at(place))) };
}

/** The columns by the names of the record's fields, and the records themselves as views. */
export type Table<T> = { readonly [F in keyof T]-?: Column<T[F]> } & Iterable<T> & {
    readonly length: number;
    at(place: number): T;
  };

/** So many records, from a column for each of their fields. */
export function tableOf<T extends object>(
  length: number,
  columns: { readonly [F in keyof T]-?: Column<T[F]> },
): Table<T> {
  const view = viewsOf<T>(columns);
  return {
    ...columns,
    length,
    at: view,
    *[Symbol.iterator]() {
      for (let place = 0; place < length; place++) yield view(place);
    },
  };
}

/** Makes objects that look like the record at a place. */
function viewsOf<T extends object>(
  columns: { readonly [F in keyof T]-?: Column<T[F]> },
): (place: number) => T {
  class View {
    readonly #place: number;
    constructor(place: number) {
      this.#place = place;
    }
    static placeOf(view: View): number {
      return view.#place;
    }
    /** The plain record; what is undefined does not stand in it. */
    toJSON(): object {
      const fields = Object.entries<Column<unknown>>(columns).map(([field, column]) => [
        field,
        column.at(this.#place),
      ]);
      return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    }
  }
  for (const [field, column] of Object.entries<Column<unknown>>(columns))
    Object.defineProperty(View.prototype, field, {
      get(this: View) {
        return column.at(View.placeOf(this));
      },
      enumerable: true,
    });
  return (place) => new View(place) as unknown as T;
}

/** The places of all records of a table. */
export function placesOf({ length }: { readonly length: number }): Places {
  const places = new Uint32Array(length);
  for (let place = 0; place < length; place++) places[place] = place;
  return places;
}

/** The records at some places. */
export function recordsAt<T>(table: Table<T>, places: Places): T[] {
  return Array.from(places, (place) => table.at(place));
}

/** The places in groups by a key; groups in the order of their first place, places in the order given. */
export function groupPlaces<K>(places: Places, keyOf: (place: number) => K): Map<K, Places> {
  const numbers = new Map<K, number>();
  const sizes: number[] = [];
  const groupOf = new Uint32Array(places.length);
  let last: K | undefined;
  let group: number | undefined;
  for (let i = 0; i < places.length; i++) {
    const key = keyOf(places[i] ?? 0);
    // Neighbours are often alike.
    if (group === undefined || key !== last) {
      group = numbers.get(key) ?? sizes.push(0) - 1;
      if (group === numbers.size) numbers.set(key, group);
      last = key;
    }
    groupOf[i] = group;
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const groups = sizes.map((size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  for (let i = 0; i < places.length; i++) {
    const group = groupOf[i] ?? 0;
    const at = filled[group] ?? 0;
    (groups[group] as Places)[at] = places[i] ?? 0;
    filled[group] = at + 1;
  }
  return new Map(Array.from(numbers, ([key, group]) => [key, groups[group] as Places]));
}

/** Numbers read at places, in their order: what is sorted, summed or subtracted. */
export function numbersAt(places: Places, of: (place: number) => number): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(places.length);
  for (let i = 0; i < places.length; i++) numbers[i] = of(places[i] ?? 0);
  return numbers;
}
