/** The samples of a run as the judge reads them: a table with a column for each field of a `Sample`. */
import { CodedColumn, type Column, computed, NumberColumn, type Table, tableOf } from './columns.ts';
import type { ExpectedResult, Sample } from './sample.ts';
import { type Field, SAMPLE_COLUMNS } from './sample-columns.ts';

export type Samples = Table<Sample>;

/** Values of one column for neighbouring rows, as a Parquet reader gives them. */
export type ColumnChunk = ArrayLike<unknown>;

export interface SamplesBuilder {
  /** Takes values of a column in; `from` is the first row they belong to. Unknown columns are passed over. */
  fill(column: string, from: number, values: ColumnChunk): void;
  /** What was filled in. */
  samples(): Samples;
}

/** Room for so many samples, each column at its value for when it is absent. */
export function samplesBuilder(rows: number): SamplesBuilder {
  const columns = new Map(SAMPLE_COLUMNS.map((column) => [column.name, room(column, rows)]));
  const byField = new Map(SAMPLE_COLUMNS.map(({ field, name }) => [field, columns.get(name)]));
  return {
    fill(name, from, values) {
      columns.get(name)?.fill(from, values);
    },
    samples() {
      const { expectedRows, expectedChecksum, ...fields } = Object.fromEntries(byField) as unknown as {
        readonly [F in Exclude<Field, 'expectedRows' | 'expectedChecksum'>]: Column<Sample[F]>;
      } & { readonly expectedRows: NumberColumn; readonly expectedChecksum: CodedColumn<string> };
      return tableOf<Sample>(rows, { ...fields, expected: expectation(expectedRows, expectedChecksum) });
    },
  };
}

/** Samples that are there as records. */
export function samplesOf(records: readonly Sample[]): Samples {
  const builder = samplesBuilder(records.length);
  for (const { name, of } of SAMPLE_COLUMNS) builder.fill(name, 0, records.map(of));
  return builder.samples();
}

function room({ type, whenAbsent }: (typeof SAMPLE_COLUMNS)[number], rows: number) {
  if (type === 'STRING') return new CodedColumn<unknown>(rows, '');
  if (type === 'BOOLEAN') return new CodedColumn<unknown>(rows, false);
  return new NumberColumn(rows, Number(whenAbsent ?? 0));
}

/** The result that the plan expects, from its two columns; without one the rows are −1. */
function expectation(rows: Column<number>, checksum: Column<string>): Column<ExpectedResult | undefined> {
  return computed((place) =>
    rows.at(place) < 0 ? undefined : { rows: rows.at(place), checksum: checksum.at(place) },
  );
}
