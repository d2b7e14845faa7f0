/** The methods of `java.util`'s lists, sets, maps, entries, enumerations and Optional, and of arrays. */
import {
  addToList,
  addToSet,
  getFromMap,
  indexIn,
  itemAt,
  itemsOf,
  putInMap,
  refuseFrozen,
  setOf,
} from '../values/collections.ts';
import { javaEquals } from '../values/compare.ts';
import { keyOf, textHash, textOf } from '../values/text.ts';
import {
  type Entry,
  type Enumeration,
  type ListValue,
  listOf,
  type MapValue,
  type OptionalValue,
  optionalOf,
  RuleFault,
  type SetValue,
  type Value,
} from '../values/value.ts';
import { type MethodTable, method } from './method.ts';

const equals = [
  method<Value & object, [Value]>(['any'], 'boolean', (value, [other]) => javaEquals(value, other)),
];
const toText = [method<Value & object>([], 'string', (value) => textOf(value))];

/** `hashCode` of anything whose parts decide it; not Java's number for collections, but equal for equal ones. */
const hash = [method<Value & object>([], 'int', (value) => textHash(keyOf(value)))];

function removeAt(list: ListValue, index: number): Value {
  refuseFrozen(list);
  const item = itemAt(list.items, index);
  list.items.splice(index, 1);
  return item;
}

const LIST_READ = {
  size: [method<ListValue>([], 'int', ({ items }) => items.length)],
  isEmpty: [method<ListValue>([], 'boolean', ({ items }) => items.length === 0)],
  get: [method<ListValue, [number]>(['int'], 'any', ({ items }, [i]) => itemAt(items, i))],
  getFirst: [method<ListValue>([], 'any', ({ items }) => itemAt(items, 0))],
  getLast: [method<ListValue>([], 'any', ({ items }) => itemAt(items, items.length - 1))],
  contains: [
    method<ListValue, [Value]>(['any'], 'boolean', ({ items }, [item]) => indexIn(items, item) >= 0),
  ],
  containsAll: [
    method<ListValue, [Value]>(['items'], 'boolean', ({ items }, [others]) =>
      itemsOf(others).every((other) => indexIn(items, other) >= 0),
    ),
  ],
  indexOf: [method<ListValue, [Value]>(['any'], 'int', ({ items }, [item]) => indexIn(items, item))],
  subList: [
    method<ListValue, [number, number]>(['int', 'int'], 'list', ({ items }, [from, to]) => {
      if (from < 0 || to > items.length || from > to)
        throw new RuleFault(`subList(${from}, ${to}) of ${items.length} items`);
      return listOf(items.slice(from, to));
    }),
  ],
  equals,
  hashCode: hash,
  toString: toText,
} satisfies MethodTable;

export const LIST: MethodTable = {
  ...LIST_READ,
  add: [
    method<ListValue, [Value]>(['any'], 'boolean', (list, [item]) => {
      addToList(list, [item]);
      return true;
    }),
    method<ListValue, [number, Value]>(['int', 'any'], 'null', (list, [index, item]) => {
      refuseFrozen(list);
      if (index !== list.items.length) itemAt(list.items, index);
      list.items.splice(index, 0, item);
      return null;
    }),
  ],
  addAll: [
    method<ListValue, [Value]>(['items'], 'boolean', (list, [more]) => {
      addToList(list, [...itemsOf(more)]);
      return true;
    }),
  ],
  set: [
    method<ListValue, [number, Value]>(['int', 'any'], 'any', (list, [index, item]) => {
      refuseFrozen(list);
      const before = itemAt(list.items, index);
      list.items[index] = item;
      return before;
    }),
  ],
  remove: [
    method<ListValue, [Value]>(['any'], 'any', (list, [item]) => {
      if (typeof item === 'number') return removeAt(list, item);
      const index = indexIn(list.items, item);
      if (index >= 0) removeAt(list, index);
      return index >= 0;
    }),
  ],
  clear: [
    method<ListValue>([], 'null', (list) => {
      refuseFrozen(list);
      list.items.length = 0;
      return null;
    }),
  ],
};

function allOf(set: SetValue, others: Value): boolean {
  return itemsOf(others).every((other) => set.entries.has(keyOf(other)));
}

export const SET: MethodTable = {
  size: [method<SetValue>([], 'int', ({ entries }) => entries.size)],
  isEmpty: [method<SetValue>([], 'boolean', ({ entries }) => entries.size === 0)],
  contains: [
    method<SetValue, [Value]>(['any'], 'boolean', ({ entries }, [item]) => entries.has(keyOf(item))),
  ],
  containsAll: [method<SetValue, [Value]>(['items'], 'boolean', (set, [others]) => allOf(set, others))],
  add: [method<SetValue, [Value]>(['any'], 'boolean', (set, [item]) => addToSet(set, item))],
  addAll: [
    method<SetValue, [Value]>(['items'], 'boolean', (set, [more]) =>
      itemsOf(more).reduce<boolean>((added, item) => addToSet(set, item) || added, false),
    ),
  ],
  remove: [
    method<SetValue, [Value]>(['any'], 'boolean', (set, [item]) => {
      refuseFrozen(set);
      return set.entries.delete(keyOf(item));
    }),
  ],
  removeAll: [
    method<SetValue, [Value]>(['items'], 'boolean', (set, [others]) => {
      refuseFrozen(set);
      return itemsOf(others).reduce<boolean>((gone, item) => set.entries.delete(keyOf(item)) || gone, false);
    }),
  ],
  retainAll: [
    method<SetValue, [Value]>(['items'], 'boolean', (set, [others]) => {
      refuseFrozen(set);
      const kept = new Set(itemsOf(others).map(keyOf));
      const gone = [...set.entries.keys()].filter((key) => !kept.has(key));
      for (const key of gone) set.entries.delete(key);
      return gone.length > 0;
    }),
  ],
  clear: [
    method<SetValue>([], 'null', (set) => {
      refuseFrozen(set);
      set.entries.clear();
      return null;
    }),
  ],
  equals,
  hashCode: hash,
  toString: toText,
};

const MAP_READ = {
  size: [method<MapValue>([], 'int', ({ entries }) => entries.size)],
  isEmpty: [method<MapValue>([], 'boolean', ({ entries }) => entries.size === 0)],
  get: [method<MapValue, [Value]>(['any'], 'any', (map, [key]) => getFromMap(map, key))],
  getOrDefault: [
    method<MapValue, [Value, Value]>(['any', 'any'], 'any', (map, [key, other]) => {
      const entry = map.entries.get(keyOf(key));
      return entry === undefined ? other : entry.value;
    }),
  ],
  containsKey: [
    method<MapValue, [Value]>(['any'], 'boolean', ({ entries }, [key]) => entries.has(keyOf(key))),
  ],
  containsValue: [
    method<MapValue, [Value]>(
      ['any'],
      'boolean',
      ({ entries }, [value]) =>
        indexIn(
          Array.from(entries.values(), (entry) => entry.value),
          value,
        ) >= 0,
    ),
  ],
  keySet: [
    method<MapValue>([], 'set', ({ entries }) => setOf(Array.from(entries.values(), (entry) => entry.key))),
  ],
  values: [
    method<MapValue>([], 'list', ({ entries }) =>
      listOf(Array.from(entries.values(), (entry) => entry.value)),
    ),
  ],
  entrySet: [method<MapValue>([], 'list', ({ entries }) => listOf([...entries.values()]))],
  equals,
  hashCode: hash,
  toString: toText,
} satisfies MethodTable;

export const MAP: MethodTable = {
  ...MAP_READ,
  put: [
    method<MapValue, [Value, Value]>(['any', 'any'], 'any', (map, [key, value]) => putInMap(map, key, value)),
  ],
  putIfAbsent: [
    method<MapValue, [Value, Value]>(['any', 'any'], 'any', (map, [key, value]) => {
      const before = getFromMap(map, key);
      if (before === null) putInMap(map, key, value);
      return before;
    }),
  ],
  putAll: [
    method<MapValue, [MapValue]>(['map'], 'null', (map, [more]) => {
      for (const { key, value } of [...more.entries.values()]) putInMap(map, key, value);
      return null;
    }),
  ],
  remove: [
    method<MapValue, [Value]>(['any'], 'any', (map, [key]) => {
      refuseFrozen(map);
      const before = getFromMap(map, key);
      map.entries.delete(keyOf(key));
      return before;
    }),
  ],
  clear: [
    method<MapValue>([], 'null', (map) => {
      refuseFrozen(map);
      map.entries.clear();
      return null;
    }),
  ],
};

export const ENTRY: MethodTable = {
  getKey: [method<Entry>([], 'any', ({ key }) => key)],
  getValue: [method<Entry>([], 'any', ({ value }) => value)],
  toString: toText,
};

export const ARRAY: MethodTable = {
  length: [method<ListValue>([], 'int', ({ items }) => items.length)],
};

function next(enumeration: Enumeration): Value {
  return itemAt(enumeration.items, enumeration.at++);
}

const more = [method<Enumeration>([], 'boolean', ({ items, at }) => at < items.length)];

export const ENUMERATION: MethodTable = {
  hasMoreElements: more,
  hasNext: more,
  nextElement: [method<Enumeration>([], 'any', next)],
  next: [method<Enumeration>([], 'any', next)],
};

function present({ value }: OptionalValue): Value {
  if (value === null) throw new RuleFault('no value is present in the Optional');
  return value;
}

export const OPTIONAL: MethodTable = {
  isPresent: [method<OptionalValue>([], 'boolean', ({ value }) => value !== null)],
  isEmpty: [method<OptionalValue>([], 'boolean', ({ value }) => value === null)],
  get: [method<OptionalValue>([], 'any', present)],
  orElse: [method<OptionalValue, [Value]>(['any'], 'any', ({ value }, [other]) => value ?? other)],
  orElseThrow: [method<OptionalValue>([], 'any', present)],
  equals,
  hashCode: hash,
  toString: toText,
};

/** Makes `Optional.ofNullable`. */
export const nullable = (value: Value | undefined): OptionalValue => optionalOf(value ?? null);
