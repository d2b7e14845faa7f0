/**
 * What outer proxies say of the address that clients use. Clients can write the same lines, and URIs are made of them:
 * here, and by coordinators. So what is no host, scheme, port or prefix counts as not said, and goes to no backend.
 */
import { type Fields, firstValue } from '../relay/fields.ts';

/** A name or address, with or without a port: names as they are used, not all that a URI could hold. */
const HOST = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;
const PREFIX = /^(?:\/[\w.~@:!'()*+,;=%-]+)*\/?$/;
const LONGEST_HOST = 260;
const LONGEST_PREFIX = 1_000;

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** Exported for its tests. */
export function isHost(text: string): boolean {
  const port = text.length > LONGEST_HOST ? null : HOST.exec(text);
  return port !== null && (port[1] === undefined || isPort(port[1]));
}

const isScheme = (text: string) => /^https?$/i.test(text);
const isPrefix = (text: string) => text.length <= LONGEST_PREFIX && PREFIX.test(text);

const EACH: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['x-forwarded-host', isHost],
  ['x-forwarded-server', isHost],
  ['x-forwarded-proto', isScheme],
  ['x-forwarded-port', isPort],
  ['x-forwarded-prefix', isPrefix],
]);
/** `host=` and `proto=` of RFC 7239, section 5; a value may be in quotes. */
const PAIR = /(?:^|[;,])\s*(host|proto)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,]*))/gi;

/** True for a line whose value is not what its name says: in a list each item has to be. `lower` is its name. */
export function isUnfit(lower: string, value: string): boolean {
  if (lower === 'forwarded') return !forwardedFits(value);
  const fits = EACH.get(lower);
  return fits !== undefined && !value.split(',').every((item) => fits(item.trim()));
}

function forwardedFits(value: string): boolean {
  for (const [, name = '', quoted, plain = ''] of value.matchAll(PAIR)) {
    const said = quoted ?? plain.trim();
    if (!(name.toLowerCase() === 'host' ? isHost(said) : isScheme(said))) return false;
  }
  return true;
}

export interface Outer {
  readonly proto: 'http' | 'https' | undefined;
  /** With its port, where it has one. */
  readonly host: string | undefined;
  readonly port: string | undefined;
  /** Without a slash at its end; empty where there is none. */
  readonly prefix: string;
}

const NOTHING: Outer = { proto: undefined, host: undefined, port: undefined, prefix: '' };

/** Of the left-most proxy, the one that clients reach; with `isHeeded` false nobody says anything. */
export function outerOf(fields: Fields, isHeeded: boolean): Outer {
  if (!isHeeded) return NOTHING;
  const said = (name: string) => {
    const value = firstValue(fields, name);
    if (value === undefined || isUnfit(name, value)) return undefined;
    return value.split(',')[0]?.trim();
  };
  return {
    proto: said('x-forwarded-proto')?.toLowerCase() as 'http' | 'https' | undefined,
    host: said('x-forwarded-host'),
    port: said('x-forwarded-port'),
    prefix: said('x-forwarded-prefix')?.replace(/\/+$/, '') ?? '',
  };
}
