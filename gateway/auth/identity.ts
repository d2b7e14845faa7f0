/** Users by name: from the configuration first, then from LDAP; and the session tokens they get. */
import type { Log } from '../../src/base/log.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { type Ldap, ldap } from './ldap.ts';
import { readLdapFile } from './ldap-file.ts';
import { type Known, presetPasswords } from './passwords.ts';
import { remembered } from './remembered.ts';
import { passingKeyPair, readKeyPair, tokens } from './tokens.ts';

const KEEP_GROUPS_MS = 60_000;

type Settings = Pick<GatewayConfig, 'authentication' | 'authorization' | 'presetUsers' | 'compat'>;

export interface Identity {
  /** Rejects when LDAP cannot be asked. */
  check(name: string, password: string): Promise<Known | undefined>;
  /** Of a user who is known by other means; undefined for one of whom nothing is known here. */
  privilegesOf(name: string): Promise<string | undefined>;
  sign(name: string): Promise<string>;
  /** True for a token that was signed here, whoever's it is. */
  isOurs(token: string): Promise<boolean>;
  /** Undefined for a token that is not ours, and for one whose user is no more. */
  ownerOf(token: string): Promise<Known | undefined>;
}

/** Throws `FILE_MISSING` or a `ProblemsError`. */
export function identityBy(settings: Settings, log: Log, nowMs: () => number): Identity {
  const form = settings.authentication?.form;
  const preset = presetPasswords(settings.presetUsers);
  const logins = directory(form?.ldapConfigPath);
  const groups = directory(settings.authorization?.ldapConfigPath) ?? logins;
  const keptGroups = remembered<string>(KEEP_GROUPS_MS, nowMs);
  const session = tokens(keyPair(settings, log), settings.compat === 'strict');
  const privilegesOf = async (name: string) => {
    if (Object.hasOwn(settings.presetUsers, name)) return settings.presetUsers[name]?.privileges;
    return groups === undefined ? undefined : keptGroups(name, () => groups.groupsOf(name));
  };
  return {
    async check(name, password) {
      const known = await preset(name, password);
      return known ?? logins?.check(name, password);
    },
    privilegesOf,
    sign: session.sign,
    isOurs: async (token) => (await session.verify(token)) !== undefined,
    async ownerOf(token) {
      const name = await session.verify(token);
      const privileges = name === undefined ? undefined : await privilegesOf(name);
      return name === undefined || privileges === undefined ? undefined : { name, privileges };
    },
  };
}

function directory(file: string | undefined): Ldap | undefined {
  return file === undefined ? undefined : ldap(readLdapFile(file));
}

function keyPair({ authentication }: Settings, log: Log) {
  const pair = authentication?.form?.selfSignKeyPair;
  if (pair !== undefined) return readKeyPair(pair);
  if (authentication?.form !== undefined)
    log.warn({}, 'authentication.form has no selfSignKeyPair: sessions end when this process does');
  return passingKeyPair();
}
