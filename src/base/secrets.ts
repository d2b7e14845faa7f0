/** Takes secrets out of what is written down. */
import { parse, stringify } from 'yaml';

const SECRET_KEY =
  /pass(?:word|wd|phrase)?s?$|secret|tokens?$|api.?keys?$|(?:private|access|signing|mask|account).?keys?$|\.key$|key.?pem$|^pat$|cookies?$|credential|authorization/i;
/** Up to the last `@` before the path: a password may hold one. A colon without a port behind it begins a password. */
const URL_CREDENTIALS = /(:\/\/)(?:[^\s"'/@:]*:(?!\d+(?:[/?#\s"']|$))[^\s"']*@|[^/\s]*@)/g;
/** `jdbc:oracle:thin:user/password@…` has no slashes before the name. */
const ORACLE_CREDENTIALS = /(jdbc:oracle:\w+:)[^@\s]*@/gi;
/** Also of addresses that are signed: `sig`, `X-Amz-Signature`. */
const SECRET_PARAMETER =
  /([?&;](?:[^=&;\s]*(?:pass(?:word|wd|phrase)?|secret|token|api.?key|signature|credential)[^=&;\s]*|sig|pwd|pw)=)[^&;\s]*/gi;

/** True for the name of a key whose value must not be shown. */
export function isSecretKey(key: string | number): boolean {
  return typeof key === 'string' && SECRET_KEY.test(key);
}

/**
 * For a message about a text that was to be a URL and perhaps is none: whatever stands before an `@` may be a name
 * and a password, however it is written.
 */
export function maskUrl(text: string): string {
  return maskText(text.replace(/^([a-z][a-z0-9+.-]*:\/+)?.*@/is, '$1***@'));
}

/** A text without the credentials of the URLs in it. */
export function maskText(text: string): string {
  return text
    .replace(URL_CREDENTIALS, '$1***@')
    .replace(ORACLE_CREDENTIALS, '$1***@')
    .replace(SECRET_PARAMETER, '$1***');
}

/** Words that stand before a secret in what programs print and in commands: `--password x`, `TOKEN=x`, `Bearer x`. */
const PRINTED_SECRET =
  /((?:[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key)[\w.-]*["']?\s*[=:]\s*["']?)|(?:--[\w-]*(?:password|passwd|secret|token|api-?key)\s+)|(?:\b(?:Bearer|Basic)\s+))[^\s"',;&]+/gi;

/** What a program of somebody else's printed, without what looks like a secret and without the secrets that are known. */
export function maskPrinted(text: string, known: readonly string[] = []): string {
  let masked = text;
  for (const secret of known) if (secret !== '') masked = masked.replaceAll(secret, '***');
  return maskText(masked).replace(PRINTED_SECRET, '$1***');
}

/** How a program of somebody else's is run: without these variables of ours, and what it prints kept without their values. */
export function withoutSecrets(names: readonly string[]): {
  readonly env: NodeJS.ProcessEnv;
  readonly mask: (text: string) => string;
} {
  const known = names.flatMap((name) => process.env[name] ?? []);
  return {
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name))),
    mask: (text) => maskPrinted(text, known),
  };
}

/** A copy in which values under secret-looking keys, and what looks like a secret in a text, a URL or a command, is `***`. */
export function maskSecrets(value: unknown): unknown {
  if (typeof value === 'string') return maskPrinted(value);
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      isSecretKey(key) && inner !== '' && inner !== undefined ? '***' : maskSecrets(inner),
    ]),
  );
}

/** A `path.to.key=value` override as it may be recorded. */
export function maskOverride(entry: string): string {
  const eq = entry.indexOf('=');
  const path = entry.slice(0, eq);
  const keys = path.split('.');
  // `passwords.0` is a secret, too.
  const key = keys.find(isSecretKey) ?? keys.at(-1) ?? '';
  let given: unknown;
  try {
    given = parse(entry.slice(eq + 1));
  } catch {
    // Whoever loads the scenario says what is wrong with it.
    return `${path}=***`;
  }
  const masked = maskSecrets({ [key]: given }) as Record<string, unknown>;
  const value = stringify(masked[key], { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return `${path}=${value}`;
}
