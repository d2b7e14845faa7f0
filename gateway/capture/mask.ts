/** Keyed hashes in place of what a capture must not tell: equal things stay equal, and nobody without the key finds them again. */
import { createHmac, randomBytes } from 'node:crypto';
import { HEADER } from '../../src/trino/headers.ts';
import { maskedLiterals } from '../../src/trino/mask-literals.ts';

export interface Mask {
  sql(text: string): string;
  user(name: string): string;
  tags(tags: readonly string[]): readonly string[];
  info(text: string | undefined): string | undefined;
  header(name: string, value: string): string;
}

const USER_HEADERS: ReadonlySet<string> = new Set([HEADER.originalUser]);

export function maskFor(parts: readonly ('users' | 'literals' | 'tags')[], key: string | undefined): Mask {
  const secret = key ?? randomBytes(32).toString('hex');
  const digest = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  const named = (what: string, text: string) => `${what}_${digest(`${what}:${text}`).slice(0, 10)}`;
  const masks = (part: (typeof parts)[number]) => parts.includes(part);
  const user = (name: string) => (masks('users') ? named('user', name) : name);
  return {
    sql: (text) => (masks('literals') ? maskedLiterals(text, digest) : text),
    user,
    tags: (tags) => (masks('tags') ? tags.map((tag) => named('tag', tag)) : tags),
    info: (text) => (masks('tags') && text !== undefined ? named('info', text) : text),
    header: (name, value) => (USER_HEADERS.has(name) ? user(value) : value),
  };
}
