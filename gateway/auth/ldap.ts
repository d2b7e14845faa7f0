/** Names and passwords checked by an LDAP server, and the groups that it says somebody is in. */
import { Client, type Entry, Filter, InvalidCredentialsError } from 'ldapts';
import { readText } from '../../src/base/yaml.ts';
import type { LdapFile } from './ldap-file.ts';
import type { Known } from './passwords.ts';

const TIMEOUT_MS = 5_000;
const USER = /\$\{USER\}/g;

export interface Ldap {
  /** Who it is, with his groups as privileges. Rejects when the server cannot be asked. */
  check(name: string, password: string): Promise<Known | undefined>;
  /** The groups of somebody who is known already; undefined for who is not there. */
  groupsOf(name: string): Promise<string | undefined>;
}

export function ldap(file: LdapFile): Ldap {
  return {
    check: (name, password) => withClient(file, (client) => check(client, file, name, password)),
    groupsOf: (name) =>
      withClient(file, async (client) => {
        await bindAsAdmin(client, file);
        const entry = await find(client, file, name);
        return entry === undefined ? undefined : groupsIn(entry, file);
      }),
  };
}

async function withClient<T>(file: LdapFile, use: (client: Client) => Promise<T>): Promise<T> {
  const { ldapHost, ldapPort, ldapTrustStorePath, useSsl, useTls } = file;
  const ca = ldapTrustStorePath === undefined ? {} : { ca: readText(ldapTrustStorePath, 'LDAP trust store') };
  const client = new Client({
    url: `${useSsl ? 'ldaps' : 'ldap'}://${ldapHost}:${ldapPort}`,
    timeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
    ...(useSsl ? { tlsOptions: ca } : {}),
  });
  try {
    if (useTls && !useSsl) await client.startTLS({ host: ldapHost, ...ca });
    return await use(client);
  } finally {
    await client.unbind().catch(() => undefined);
  }
}

async function check(
  client: Client,
  file: LdapFile,
  name: string,
  password: string,
): Promise<Known | undefined> {
  // A bind with an empty password succeeds on many servers, as nobody (RFC 4513, section 5.1.2).
  if (password === '' || name === '') return undefined;
  const pattern = file.ldapUserDnPattern;
  if (pattern !== undefined) {
    const dn = pattern.replace(USER, () => escapedInDn(name));
    if (!(await bindsAs(client, dn, password))) return undefined;
    const entry = await find(client, file, name, dn);
    return { name, privileges: entry === undefined ? '' : groupsIn(entry, file) };
  }
  await bindAsAdmin(client, file);
  const entry = await find(client, file, name);
  if (entry === undefined || !(await bindsAs(client, entry.dn, password))) return undefined;
  return { name, privileges: groupsIn(entry, file) };
}

async function bindsAs(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return false;
    throw error;
  }
}

async function bindAsAdmin(client: Client, { ldapAdminBindDn, ldapAdminPassword }: LdapFile): Promise<void> {
  if (ldapAdminBindDn !== undefined) await client.bind(ldapAdminBindDn, ldapAdminPassword ?? '');
}

/** The one entry of a user; several that match are nobody's. With `dn`, his own entry is read. */
async function find(client: Client, file: LdapFile, name: string, dn?: string): Promise<Entry | undefined> {
  const { ldapGroupMemberAttribute, ldapUserBaseDn, ldapUserSearch } = file;
  const filter = (ldapUserSearch ?? '(objectClass=*)').replace(USER, () => Filter.escape(name));
  const { searchEntries } = await client.search(dn ?? ldapUserBaseDn ?? '', {
    scope: dn === undefined ? 'sub' : 'base',
    filter: dn === undefined ? filter : '(objectClass=*)',
    attributes: [ldapGroupMemberAttribute],
    sizeLimit: 2,
    timeLimit: TIMEOUT_MS / 1_000,
  });
  return searchEntries.length === 1 ? searchEntries[0] : undefined;
}

/** The text that `authorization` matches: all groups, one after the other. */
function groupsIn(entry: Entry, { ldapGroupMemberAttribute }: LdapFile): string {
  const values = entry[ldapGroupMemberAttribute] ?? [];
  return (Array.isArray(values) ? values : [values]).map(String).join(', ');
}

/** A value as it stands inside a DN: whatever could end it there is escaped (RFC 4514, section 2.4). */
export function escapedInDn(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ #]| $/g, '\\$&');
}
