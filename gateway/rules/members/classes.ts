/**
 * The classes that rules may name: what is an instance of each, its static methods and constants, and what `new` makes.
 * A class that is not in this table does not exist for rules.
 */
import { addToList, addToSet, itemsOf, putInMap } from '../values/collections.ts';
import { doubleOf, isNumber, parseDouble, parseLong, toInteger } from '../values/numbers.ts';
import { textOf } from '../values/text.ts';
import {
  double,
  type Kind,
  kindOf,
  listOf,
  type MapValue,
  newMap,
  newSet,
  type Value,
} from '../values/value.ts';
import { MATH, MATH_CONSTANTS } from './math.ts';
import { type Method, type MethodTable, method } from './method.ts';
import {
  ARRAYS,
  BOOLEAN,
  CHARACTER,
  COLLECTIONS,
  DOUBLE,
  INTEGER,
  LIST_OF,
  LONG,
  MAP_OF,
  OBJECTS,
  OPTIONAL_OF,
  PATTERN_STATIC,
  SET_OF,
  STRING_STATIC,
} from './statics.ts';

export interface RuleClass {
  /** Package and name, as in Java. */
  readonly path: string;
  readonly isInstance: (value: Value) => boolean;
  readonly statics?: MethodTable;
  readonly constants?: Readonly<Record<string, Value>>;
  /** What `new` takes and makes. */
  readonly make?: readonly Method[];
}

const kinds =
  (...wanted: Kind[]) =>
  (value: Value) =>
    wanted.includes(kindOf(value));

const make = (
  params: Method['params'],
  returns: Method['returns'],
  build: (args: readonly Value[]) => Value,
): Method => method<null, readonly never[]>(params, returns, (_, args) => build(args));

const newList = [
  make([], 'list', () => listOf([])),
  make(['items'], 'list', ([items = null]) => {
    const list = listOf([]);
    addToList(list, itemsOf(items));
    return list;
  }),
];
const makeSet = [
  make([], 'set', () => newSet()),
  make(['items'], 'set', ([items = null]) => {
    const set = newSet();
    for (const item of itemsOf(items)) addToSet(set, item);
    return set;
  }),
];
const makeMap = [
  make([], 'map', () => newMap()),
  make(['map'], 'map', ([from = null]) => {
    const map = newMap();
    for (const { key, value } of (from as MapValue).entries.values()) putInMap(map, key, value);
    return map;
  }),
];
const makeBuilder = [
  make([], 'builder', () => ({ kind: 'builder', text: '' })),
  make(['string'], 'builder', ([text = '']) => ({ kind: 'builder', text: text as string })),
];

const util = (name: string, rest: Omit<RuleClass, 'path'>): [string, RuleClass] => [
  name,
  { path: `java.util.${name}`, ...rest },
];
const lang = (name: string, rest: Omit<RuleClass, 'path'>): [string, RuleClass] => [
  name,
  { path: `java.lang.${name}`, ...rest },
];

const isList = kinds('list');
const isSet = kinds('set');
const isMap = kinds('map');

const LANG = [
  lang('Object', { isInstance: (value) => value !== null }),
  lang('Number', { isInstance: isNumber }),
  lang('CharSequence', { isInstance: kinds('string', 'builder') }),
  lang('Comparable', { isInstance: (value) => isNumber(value) || kinds('string', 'boolean', 'char')(value) }),
  lang('String', {
    isInstance: kinds('string'),
    statics: STRING_STATIC,
    make: [make(['string'], 'string', ([text = '']) => textOf(text))],
  }),
  lang('Integer', {
    isInstance: kinds('int'),
    statics: INTEGER,
    constants: { MAX_VALUE: 0x7fff_ffff, MIN_VALUE: -0x8000_0000 },
    make: [make(['int'], 'int', ([value = 0]) => toInteger(value))],
  }),
  lang('Long', {
    isInstance: kinds('long'),
    statics: LONG,
    constants: { MAX_VALUE: 0x7fff_ffff_ffff_ffffn, MIN_VALUE: -0x8000_0000_0000_0000n },
    make: [make(['any'], 'long', ([value = 0]) => parseLong(textOf(value)))],
  }),
  lang('Double', {
    isInstance: kinds('double'),
    statics: DOUBLE,
    make: [
      make(['any'], 'double', ([value = 0]) =>
        double(isNumber(value) ? doubleOf(value) : parseDouble(textOf(value))),
      ),
    ],
  }),
  lang('Float', { isInstance: kinds('float') }),
  lang('Boolean', {
    isInstance: kinds('boolean'),
    statics: BOOLEAN,
    constants: { TRUE: true, FALSE: false },
  }),
  lang('Character', { isInstance: kinds('char'), statics: CHARACTER }),
  lang('Math', { isInstance: () => false, statics: MATH, constants: MATH_CONSTANTS }),
  lang('StrictMath', { isInstance: () => false, statics: MATH, constants: MATH_CONSTANTS }),
  lang('StringBuilder', { isInstance: kinds('builder'), make: makeBuilder }),
  lang('StringBuffer', { isInstance: kinds('builder'), make: makeBuilder }),
];

const UTIL = [
  util('Collection', { isInstance: kinds('list', 'set') }),
  util('List', { isInstance: isList, statics: LIST_OF }),
  util('ArrayList', { isInstance: isList, make: newList }),
  util('LinkedList', { isInstance: isList, make: newList }),
  util('Set', { isInstance: isSet, statics: SET_OF }),
  util('HashSet', { isInstance: isSet, make: makeSet }),
  util('LinkedHashSet', { isInstance: isSet, make: makeSet }),
  util('Map', { isInstance: isMap, statics: MAP_OF }),
  util('HashMap', { isInstance: isMap, make: makeMap }),
  util('LinkedHashMap', { isInstance: isMap, make: makeMap }),
  util('Optional', { isInstance: kinds('optional'), statics: OPTIONAL_OF }),
  util('Enumeration', { isInstance: kinds('enumeration') }),
  util('Arrays', { isInstance: () => false, statics: ARRAYS }),
  util('Collections', { isInstance: () => false, statics: COLLECTIONS }),
  util('Objects', { isInstance: () => false, statics: OBJECTS }),
];

const REGEX: [string, RuleClass][] = [
  [
    'java.util.regex.Pattern',
    { path: 'java.util.regex.Pattern', isInstance: kinds('pattern'), statics: PATTERN_STATIC },
  ],
];

const GROUP_KEY_CLASS: [string, RuleClass] = [
  'FileBasedRoutingGroupSelector',
  {
    path: 'io.trino.gateway.ha.router.FileBasedRoutingGroupSelector',
    isInstance: () => false,
    constants: { RESULTS_ROUTING_GROUP_KEY: 'routingGroup' },
  },
];

const NAMED = new Map<string, RuleClass>([...LANG, ...UTIL, GROUP_KEY_CLASS]);
const BY_PATH = new Map<string, RuleClass>([
  ...Array.from(NAMED.values(), (found): [string, RuleClass] => [found.path, found]),
  ...REGEX,
]);

/** The class of that name or path, or undefined. */
export function classNamed(name: string): RuleClass | undefined {
  return NAMED.get(name) ?? BY_PATH.get(name);
}

/** True when a longer path that begins so may name a class. */
export function startsPath(name: string): boolean {
  return [...BY_PATH.keys()].some((path) => path.startsWith(`${name}.`));
}

export const CLASS_NAMES: readonly string[] = [...NAMED.keys()];
