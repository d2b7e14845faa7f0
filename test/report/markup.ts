/** A strict little reader of the markup we write: every tag closed, every attribute quoted, no bare `<` or `&`. */

const VOID = new Set(['meta', 'link', 'input', 'br', 'img']);
/** Elements whose content is text up to their end tag. */
const RAW = new Set(['script', 'style']);

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Text directly inside, entities resolved. */
  text: string;
  readonly parent: Element | null;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  apos: "'",
};

function resolve(text: string, where: string): string {
  return text.replace(/&([^;\s]*);?|</g, (whole, name: string | undefined) => {
    const character = name === undefined ? undefined : ENTITIES[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`bare ${whole} in ${where}`);
    return character;
  });
}

function attributesOf(source: string): Map<string, string> {
  const attributes = new Map<string, string>();
  const rest = source.replace(
    /\s+([\w:-]+)(?:="([^"]*)")?/g,
    (_, name: string, value: string | undefined) => {
      if (attributes.has(name)) throw new Error(`attribute ${name} twice in <${source}>`);
      attributes.set(name, resolve(value ?? '', name));
      return '';
    },
  );
  if (rest.trim() !== '' && rest.trim() !== '/')
    throw new Error(`unquoted attribute in <${source}>: ${rest}`);
  return attributes;
}

/** Takes text up to the end tag, as browsers do; answers what follows. */
function readRaw(element: Element, rest: string): string {
  const end = rest.toLowerCase().indexOf(`</${element.name}`);
  element.text = rest.slice(0, end);
  return rest.slice(end + element.name.length + 3);
}

/** All elements in document order. Throws at the first thing that is not well-formed. */
export function readMarkup(source: string): Element[] {
  const elements: Element[] = [];
  let open: Element | null = null;
  let rest = source.replace(/^<!doctype html>|^<\?xml[^?]*\?>/, '').trim();
  while (rest !== '') {
    const tag = /<(\/?)([a-z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/iy;
    const text = /[^<]*/.exec(rest)?.[0] ?? '';
    if (open !== null) open.text += resolve(text, open.name);
    rest = rest.slice(text.length);
    const found = tag.exec(rest);
    if (found === null) throw new Error(`not a tag: ${rest.slice(0, 60)}`);
    const [whole, slash, name = '', attributes = '', selfClosed] = found;
    rest = rest.slice(whole.length);
    if (slash === '/') {
      if (open?.name !== name) throw new Error(`</${name}> closes <${open?.name}>`);
      open = open.parent;
      continue;
    }
    const element: Element = { name, attributes: attributesOf(attributes), text: '', parent: open };
    elements.push(element);
    if (RAW.has(name)) rest = readRaw(element, rest);
    else if (!VOID.has(name) && selfClosed !== '/') open = element;
  }
  if (open !== null) throw new Error(`<${open.name}> is never closed`);
  return elements;
}
