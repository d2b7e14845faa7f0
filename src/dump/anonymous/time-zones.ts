/** Names of time zones: a closed set that tells nothing of anybody. */

const NAMES: ReadonlySet<string> = new Set(['UTC', 'GMT', 'UT', 'Z', ...Intl.supportedValuesOf('timeZone')]);
/** Zones that go by another name now (`Asia/Calcutta`, `US/Eastern`), once asked for. */
const others = new Map<string, boolean>();
const MOST_OTHERS = 1_000;
const OFFSET = /^[+-](?:0?\d|1[0-4])(?::?[0-5]\d)?$/;

/** True for the name of a zone, in the case it is written in, and for an offset that a zone can have. */
export function isTimeZone(text: string): boolean {
  if (NAMES.has(text) || OFFSET.test(text)) return true;
  if (!/^[A-Z][A-Za-z_]{1,20}\/[A-Z][A-Za-z_+\-/]{1,40}\d{0,2}$/.test(text)) return false;
  const known = others.get(text);
  if (known !== undefined) return known;
  if (others.size >= MOST_OTHERS) others.clear();
  const found = isKnown(text);
  others.set(text, found);
  return found;
}

function isKnown(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone }).format(0) !== '';
  } catch {
    return false;
  }
}
