/**
 * The closed set of names a rule may use. Nothing outside these tables can be reached from a rule, and a name
 * that is not here fails when the file is loaded. To add a fact, add a line.
 */

export type Value = string | number | boolean | null;
export type ValueType = 'string' | 'number' | 'boolean' | 'null';

/** What rules can ask of a request. */
export interface RuleRequest {
  /** The first line of a header, by any case of its name; null when it is absent, as in Java. */
  header(name: string): string | null;
  readonly method: string;
  /** The path, without the query string. */
  readonly path: string;
}

export interface Method<Target> {
  readonly params: readonly ValueType[];
  readonly returns: ValueType;
  readonly call: (target: Target, args: readonly Value[]) => Value;
}

/** The name under which the Java gateway's rules may write the key of the routing group. */
export const GROUP_KEY_CONSTANT = 'FileBasedRoutingGroupSelector.RESULTS_ROUTING_GROUP_KEY';
export const GROUP_KEY = 'routingGroup';

export const REQUEST_METHODS: Readonly<Record<string, Method<RuleRequest>>> = {
  getHeader: { params: ['string'], returns: 'string', call: (r, [name]) => r.header(name as string) },
  getMethod: { params: [], returns: 'string', call: (r) => r.method },
  getRequestURI: { params: [], returns: 'string', call: (r) => r.path },
};

const takesText = (test: (text: string, arg: string) => boolean): Method<string> => ({
  params: ['string'],
  returns: 'boolean',
  call: (text, [arg]) => test(text, arg as string),
});

export const STRING_METHODS: Readonly<Record<string, Method<string>>> = {
  startsWith: takesText((text, arg) => text.startsWith(arg)),
  endsWith: takesText((text, arg) => text.endsWith(arg)),
  contains: takesText((text, arg) => text.includes(arg)),
  equals: takesText((text, arg) => text === arg),
  equalsIgnoreCase: takesText((text, arg) => text.toLowerCase() === arg.toLowerCase()),
  toLowerCase: { params: [], returns: 'string', call: (text) => text.toLowerCase() },
  toUpperCase: { params: [], returns: 'string', call: (text) => text.toUpperCase() },
  isEmpty: { params: [], returns: 'boolean', call: (text) => text === '' },
  length: { params: [], returns: 'number', call: (text) => text.length },
};

/** Methods whose argument may be null in Java; for the others a null argument is an error there and here. */
export const NULL_ARGUMENT_IS_FALSE: ReadonlySet<string> = new Set(['equals', 'equalsIgnoreCase']);

/** Names that the Java gateway knows and this one does not yet, with what to do. */
export const NOT_YET: Readonly<Record<string, string>> = {
  trinoQueryProperties: 'rules over the SQL text are not supported',
  trinoRequestUser: 'use request.getHeader("X-Trino-User")',
  state: 'rules cannot share state; repeat the test in each rule',
};
