/**
 * Many samples in little memory: a typed array for each column of numbers, a list of distinct texts and their places
 * for each column of texts. Each row is seen as a `Sample` through an object that holds nothing but its place, so a
 * million of them cost some 300 MB and the garbage collector nothing to look at.
 */
import type { Sample } from './sample.ts';
import { type Field, SAMPLE_COLUMNS } from './sample-columns.ts';

/** Values of one column for neighbouring rows, as a Parquet reader gives them. */
export type ColumnChunk = ArrayLike<unknown>;

interface Texts {
  readonly codes: Int32Array;
  readonly distinct: string[];
  readonly codeOf: Map<string, number>;
}

type Numbers = Float64Array | Int32Array;

export interface SampleTable {
  /** Takes values of a column in; `from` is the first row they belong to. Unknown columns are passed over. */
  fill(column: string, from: number, values: ColumnChunk): void;
  /** The rows as samples. Fill everything first. */
  samples(): readonly Sample[];
}

/** A table of so many rows, each column at its value for when it is absent. */
export function createSampleTable(rows: number): SampleTable {
  const numbers = new Map<Field, Numbers>();
  const texts = new Map<Field, Texts>();
  for (const { type, field, whenAbsent } of SAMPLE_COLUMNS) {
    if (type === 'STRING')
      texts.set(field, { codes: new Int32Array(rows), distinct: [''], codeOf: new Map([['', 0]]) });
    else numbers.set(field, new Int32Array(rows).fill(Number(whenAbsent ?? 0)));
  }
  const byName = new Map(SAMPLE_COLUMNS.map((column) => [column.name, column]));
  return {
    fill(name, from, values) {
      const column = byName.get(name);
      if (column === undefined) return;
      const text = texts.get(column.field);
      if (text !== undefined) fillTexts(text, from, values);
      else numbers.set(column.field, fillNumbers(numbers.get(column.field) as Numbers, from, values));
    },
    samples() {
      const Row = rowClass(numbers, texts);
      return Array.from({ length: rows }, (_, place) => new Row(place) as unknown as Sample);
    },
  };
}

/** Fills in place; answers a wider array, filled, when a value does not fit (microseconds do for half an hour). */
function fillNumbers(target: Numbers, from: number, values: ColumnChunk): Numbers {
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (target instanceof Int32Array && (value | 0) !== value)
      return fillNumbers(Float64Array.from(target), from, values);
    target[from + i] = value;
  }
  return target;
}

/** A column of ids has no text twice, and looking for one would only cost: from so many on nobody looks any more. */
const MOST_DISTINCT = 50_000;

function fillTexts({ codes, distinct, codeOf }: Texts, from: number, values: ColumnChunk): void {
  for (let i = 0; i < values.length; i++) {
    const value = String(values[i]);
    const open = codeOf.size < MOST_DISTINCT;
    let code = open ? codeOf.get(value) : undefined;
    if (code === undefined) {
      code = distinct.push(value) - 1;
      if (open) codeOf.set(value, code);
    }
    codes[from + i] = code;
  }
}

/** A class whose objects look like samples: every field is read from its column when it is asked for. */
function rowClass(numbers: ReadonlyMap<Field, Numbers>, texts: ReadonlyMap<Field, Texts>) {
  class Row {
    readonly #place: number;
    constructor(place: number) {
      this.#place = place;
    }
    static place(row: Row): number {
      return row.#place;
    }
    /** As JSON it is the plain record that was recorded. */
    toJSON(): object {
      const { expected } = this as unknown as Sample;
      const fields = PLAIN_FIELDS.map((field) => [
        field,
        (this as unknown as Record<string, unknown>)[field],
      ]);
      return { ...Object.fromEntries(fields), ...(expected === undefined ? {} : { expected }) };
    }
  }
  const define = (field: keyof Sample, get: (place: number) => unknown) =>
    Object.defineProperty(Row.prototype, field, {
      get(this: Row) {
        return get(Row.place(this));
      },
      enumerable: true,
    });
  for (const field of PLAIN_FIELDS) define(field, reader(field, numbers, texts));
  const rows = reader('expectedRows', numbers, texts) as (place: number) => number;
  const checksum = reader('expectedChecksum', numbers, texts) as (place: number) => string;
  define('expected', (place) =>
    rows(place) < 0 ? undefined : { rows: rows(place), checksum: checksum(place) },
  );
  return Row;
}

type PlainField = Exclude<keyof Sample, 'expected'>;

const PLAIN_FIELDS = SAMPLE_COLUMNS.map(({ field }) => field).filter(
  (field): field is PlainField => field !== 'expectedRows' && field !== 'expectedChecksum',
);

function reader(
  field: Field,
  numbers: ReadonlyMap<Field, Numbers>,
  texts: ReadonlyMap<Field, Texts>,
): (place: number) => number | string | boolean {
  const text = texts.get(field);
  if (text !== undefined) {
    const { codes, distinct } = text;
    return (place) => distinct[codes[place] ?? 0] ?? '';
  }
  const column = numbers.get(field) as Numbers;
  return field === 'gatewayFirst' ? (place) => column[place] === 1 : (place) => column[place] ?? 0;
}
