/** Work on Java's collections that several places share. */
import { javaEquals } from './compare.ts';
import { checkItems } from './limits.ts';
import { keyOf } from './text.ts';
import {
  kindOf,
  type ListValue,
  type MapValue,
  newMap,
  newSet,
  RuleFault,
  type SetValue,
  type Value,
} from './value.ts';

/** The items of a list, array or set. Throws `RuleFault` for anything else. */
export function itemsOf(value: Value): readonly Value[] {
  if (value !== null && typeof value === 'object') {
    if (value.kind === 'list' || value.kind === 'array') return value.items;
    if (value.kind === 'set') return [...value.entries.values()];
  }
  throw new RuleFault(value === null ? 'a null has no items' : `a ${kindOf(value)} has no items`);
}

export function refuseFrozen({ frozen }: { readonly frozen: boolean }): void {
  if (frozen) throw new RuleFault('the collection cannot be changed');
}

/** Adds to the end. */
export function addToList(list: ListValue, items: readonly Value[]): void {
  refuseFrozen(list);
  checkItems(list.items.length + items.length);
  for (const item of items) list.items.push(item);
}

/** Answers whether the item was new. */
export function addToSet(set: SetValue, item: Value): boolean {
  refuseFrozen(set);
  const key = keyOf(item);
  if (set.entries.has(key)) return false;
  checkItems(set.entries.size + 1);
  set.entries.set(key, item);
  return true;
}

/** Answers what stood there before, or null. */
export function putInMap(map: MapValue, key: Value, value: Value): Value {
  refuseFrozen(map);
  const name = keyOf(key);
  const before = map.entries.get(name);
  if (before !== undefined) {
    const old = before.value;
    before.value = value;
    return old;
  }
  checkItems(map.entries.size + 1);
  map.entries.set(name, { kind: 'entry', key, value });
  return null;
}

export function getFromMap(map: MapValue, key: Value): Value {
  return map.entries.get(keyOf(key))?.value ?? null;
}

export function setOf(items: Iterable<Value>, frozen = false): SetValue {
  const set = newSet();
  for (const item of items) addToSet(set, item);
  return { ...set, frozen };
}

export function mapOf(pairs: Iterable<readonly [Value, Value]>, frozen = false): MapValue {
  const map = newMap();
  for (const [key, value] of pairs) putInMap(map, key, value);
  return { ...map, frozen };
}

/** Where an item stands, by `equals`; -1 when it does not. */
export function indexIn(items: readonly Value[], wanted: Value): number {
  return items.findIndex((item) => javaEquals(item, wanted));
}

/** The item at a place. Throws `RuleFault` outside. */
export function itemAt(items: readonly Value[], index: number): Value {
  if (index < 0 || index >= items.length) {
    throw new RuleFault(`place ${index} of ${items.length} items`);
  }
  return items[index] ?? null;
}
