/** The users of `presetUsers`, and comparing passwords without telling by time how much of one was right. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Known {
  readonly name: string;
  /** The text that `authorization` matches, such as ADMIN_USER_API. */
  readonly privileges: string;
}

/** Answers who a name and password belong to, or undefined. May reject when it cannot find out. */
export type CheckPassword = (name: string, password: string) => Promise<Known | undefined>;

type PresetUsers = Readonly<Record<string, { readonly password: string; readonly privileges: string }>>;

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
const NOBODY = digest('');

export function presetPasswords(users: PresetUsers): CheckPassword {
  const digests = new Map(Object.entries(users).map(([name, u]) => [name, digest(u.password)]));
  return async (name, password) => {
    const wanted = digests.get(name);
    const same = timingSafeEqual(digest(password), wanted ?? NOBODY);
    // An empty password is none: it opens no account.
    if (!same || wanted === undefined || password === '') return undefined;
    return { name, privileges: users[name]?.privileges ?? '' };
  };
}
