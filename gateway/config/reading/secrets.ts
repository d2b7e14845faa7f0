/** Which values of a configuration must not be shown. */
import { maskText } from '../../../src/base/secrets.ts';
import type { Path } from '../../../src/base/yaml.ts';
import { isMap } from './draft.ts';

/** Also those of airlift's properties, such as `http-server.https.keystore.key`. */
const SECRET_KEY = /password$|secret$|^privateKey|^maskKey$|\.key$|key-pem$|shared-secret/i;
const MASK = '***';
/** A shorter text is no secret, and hiding it would garble every message that holds it by chance. */
const SHORTEST = 3;

export function isSecret(path: Path): boolean {
  return path.some((key) => typeof key === 'string' && SECRET_KEY.test(key));
}

/** A copy in which passwords, keys, secrets and the credentials inside URLs are `***`. */
export function masked(value: unknown, path: Path = []): unknown {
  if (typeof value === 'string') return value !== '' && isSecret(path) ? MASK : maskText(value);
  if (Array.isArray(value)) return value.map((item, i) => masked(item, [...path, i]));
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, masked(v, [...path, k])]));
  return isSecret(path) && value !== undefined && typeof value !== 'boolean' ? MASK : value;
}

/** The texts under secret keys, for keeping them out of messages. */
export function secretTexts(value: unknown, path: Path = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => secretTexts(item, [...path, i]));
  if (isMap(value)) return Object.entries(value).flatMap(([k, v]) => secretTexts(v, [...path, k]));
  return isSecret(path) && (typeof value === 'string' || typeof value === 'number') ? [String(value)] : [];
}

/** A message without any of the secrets, and without credentials inside URLs. */
export function redacted(message: string, secrets: Iterable<string>): string {
  let text = message;
  for (const secret of secrets) if (secret.length >= SHORTEST) text = text.replaceAll(secret, MASK);
  return maskText(text);
}
