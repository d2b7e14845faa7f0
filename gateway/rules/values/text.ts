/** Values as Java prints them (`String.valueOf`), and the keys and hashes that go by their contents. */
import { checkText } from './limits.ts';
import { type Decimal, type MapValue, RuleFault, type Value } from './value.ts';

/** Nodes of one value that are walked before it counts as too large or as containing itself. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 50;
/** Characters of the key of a collection. */
const MAX_KEY = 1_000_000;

interface Walk {
  nodes: number;
  depth: number;
}

/** The value as `String.valueOf` prints it; `null` for null. Throws `RuleFault` when it is too large. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  return print(value, { nodes: 0, depth: 0 });
}

function deeper<T>(walk: Walk, run: () => T): T {
  if (++walk.nodes > MAX_NODES || ++walk.depth > MAX_DEPTH) {
    throw new RuleFault('a value is too large or contains itself');
  }
  const result = run();
  walk.depth--;
  return result;
}

function print(value: Value, walk: Walk): string {
  if (value === null || typeof value !== 'object') return String(value);
  switch (value.kind) {
    case 'double':
    case 'float':
      return decimalText(value);
    case 'char':
      return value.value;
    case 'builder':
      return value.text;
    case 'list':
      return printAll(value.items, walk);
    case 'set':
      return printAll(value.entries.values(), walk);
    case 'map':
      return printEntries(value.entries.values(), walk);
    case 'entry':
      return deeper(walk, () => `${print(value.key, walk)}=${print(value.value, walk)}`);
    case 'optional':
      return value.value === null
        ? 'Optional.empty'
        : `Optional[${deeper(walk, () => print(value.value, walk))}]`;
    case 'table':
      return `${value.name.catalog}.${value.name.schema}.${value.name.table}`;
    case 'pattern':
      return value.source;
    case 'userinfo':
      return JSON.stringify(value.claims);
    case 'empty':
      return '';
    default:
      throw new RuleFault(`a ${value.kind} cannot be used as a text`);
  }
}

function joined(parts: readonly string[], open: string, close: string): string {
  checkText(parts.reduce((sum, part) => sum + part.length + 2, 2));
  return `${open}${parts.join(', ')}${close}`;
}

function printAll(items: Iterable<Value>, walk: Walk): string {
  return joined(
    deeper(walk, () => Array.from(items, (item) => print(item, walk))),
    '[',
    ']',
  );
}

function printEntries(entries: Iterable<{ key: Value; value: Value }>, walk: Walk): string {
  const parts = deeper(walk, () =>
    Array.from(entries, ({ key, value }) => `${print(key, walk)}=${print(value, walk)}`),
  );
  return joined(parts, '{', '}');
}

/** A double or float as `Double.toString` and `Float.toString` print it: `1.0`, `1.0E8`, `1.0E-4`. */
export function decimalText({ kind, value }: Decimal): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponentText = '0'] = shortest(kind, Math.abs(value)).split('e');
  const exponent = Number(exponentText);
  const figures = digits.replace('.', '');
  const sign = value < 0 ? '-' : '';
  if (exponent < -3 || exponent >= 7) return `${sign}${figures[0]}.${figures.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${figures}`;
  const whole = figures.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${figures.slice(exponent + 1) || '0'}`;
}

/** The fewest digits that still name the value, in scientific notation. */
function shortest(kind: Decimal['kind'], value: number): string {
  if (kind === 'double') return value.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential();
}

/** A text by which equal values (by Java's `equals`) are equal: the key of sets and maps. */
export function keyOf(value: Value): string {
  if (typeof value === 'string') return `s${value}`;
  return key(value, { nodes: 0, depth: 0 });
}

function key(value: Value, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      return `s${value}`;
    case 'number':
      return `i${value}`;
    case 'bigint':
      return `l${value}`;
    case 'boolean':
      return `b${value}`;
  }
  if (value === null) return 'n';
  switch (value.kind) {
    case 'double':
    case 'float':
      return `${value.kind}${decimalText(value)}`;
    case 'char':
      return `c${value.value}`;
    case 'list':
      return keyOfParts(
        'L',
        deeper(walk, () => value.items.map((item) => key(item, walk))),
      );
    case 'set':
      return keyOfParts(
        'S',
        deeper(walk, () => [...value.entries.keys()].toSorted()),
      );
    case 'map':
      return keyOfParts(
        'M',
        deeper(walk, () => mapKeys(value, walk)),
      );
    case 'entry':
      return keyOfParts(
        'E',
        deeper(walk, () => [key(value.key, walk), key(value.value, walk)]),
      );
    case 'optional':
      return `O${deeper(walk, () => key(value.value, walk))}`;
    case 'table':
      return `T${JSON.stringify([value.name.catalog, value.name.schema, value.name.table])}`;
    case 'request':
    case 'query':
    case 'user':
    case 'empty':
      return `F${value.kind}`;
    default:
      throw new RuleFault(`a ${value.kind} cannot be the key of a map or the item of a set`);
  }
}

/** Parts of a key with their lengths, so that no two values have one key. */
function keyOfParts(letter: string, parts: readonly string[]): string {
  const length = parts.reduce((sum, part) => sum + part.length + 8, 0);
  if (length > MAX_KEY) throw new RuleFault('a value is too large or contains itself');
  return letter + parts.map((part) => `${part.length}:${part}`).join('');
}

function mapKeys({ entries }: MapValue, walk: Walk): string[] {
  return [...entries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { value }]) => [name, key(value, walk)]);
}

/** `String.hashCode`. */
export function textHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
