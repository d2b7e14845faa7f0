/** Where the names of a statement stand in its text, so that they can be replaced. */
import type { ParserRuleContext } from 'antlr4ng';
import type { DottedName, NameSink } from './found.ts';
import { partsOf } from './names.ts';

export interface NamePlace {
  /** Offsets in the text, in JavaScript's 16-bit units; `to` is behind the last character. */
  readonly from: number;
  readonly to: number;
  /** Parts of the name, first to last, in lower case. */
  readonly parts: readonly string[];
  readonly what: 'table' | 'schema';
  /** Named by the statement itself, not read by a query in it. */
  readonly own: boolean;
  /** Of a LIKE: the new table gets its properties. */
  readonly givesProperties?: true;
}

/** Gathers places. `complete` is false once a name came that has no place of its own. */
export class Places implements NameSink {
  readonly defaults = { catalog: 'system', schema: 'runtime' };
  queryId: string | undefined;
  readonly list: NamePlace[] = [];
  readonly functions: string[] = [];
  /** Names of properties, in lower case. */
  readonly properties: string[] = [];
  complete = true;
  readonly #unit: (codePoint: number) => number;

  constructor(text: string) {
    this.#unit = unitsOf(text);
  }

  table(name: DottedName): void {
    this.#put(name, 'table', true);
  }

  read(name: DottedName): void {
    this.#put(name, 'table', false);
  }

  like(name: DottedName, withProperties: boolean): void {
    this.#put(name, 'table', false, withProperties);
  }

  property(name: string): void {
    this.properties.push(name.toLowerCase());
  }

  schema(name: DottedName | null): void {
    if (name === null) this.complete = false;
    else this.#put(name, 'schema', true);
  }

  tableFunction(name: DottedName): void {
    this.functions.push(partsOf(name).join('.'));
  }

  tableOf(): void {
    this.complete = false;
  }

  renamed(): void {
    this.complete = false;
  }

  renamedSchema(): void {
    this.complete = false;
  }

  catalog(): void {
    this.complete = false;
  }

  #put(name: DottedName, what: NamePlace['what'], own: boolean, givesProperties = false): void {
    const { start, stop } = name as unknown as ParserRuleContext;
    if (start === null || stop === null) {
      this.complete = false;
      return;
    }
    const from = this.#unit(start.start);
    this.list.push({
      ...{ from, to: this.#unit(stop.stop + 1), parts: partsOf(name), what, own },
      ...(givesProperties ? { givesProperties } : {}),
    });
  }
}

/** From the grammar's count of characters to JavaScript's; they differ behind characters outside the basic plane. */
function unitsOf(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (codePoint) => codePoint;
  const starts: number[] = [];
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) starts.push(at);
  return (codePoint) => starts[codePoint] ?? text.length;
}
