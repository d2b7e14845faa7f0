// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${USER} is what the file writes.
/** The LDAP file that `ldapConfigPath` names, with the Java gateway's keys (LdapConfiguration). */
import { z } from 'zod';
import { parseYaml, readText, readYaml } from '../../src/base/yaml.ts';

const text = () => z.string().min(1);
/** Of the Java gateway's connection pool; a connection is made for each login here. */
const pool = () => z.unknown().optional().describe('accepted, without effect');

const ldapFile = z.strictObject({
  ldapHost: text(),
  ldapPort: z.number().int().min(1).max(65_535),
  useTls: z.boolean().default(false).describe('StartTLS'),
  useSsl: z.boolean().default(false).describe('LDAPS'),
  ldapAdminBindDn: z.string().optional(),
  ldapAdminPassword: z.string().optional(),
  ldapUserBaseDn: z.string().optional(),
  ldapUserSearch: z.string().optional().describe('filter with ${USER}'),
  ldapUserDnPattern: z.string().optional().describe('binds directly as this DN, with ${USER}'),
  ldapGroupMemberAttribute: text().default('memberOf'),
  ldapTrustStorePath: text().optional().describe('PEM file with the authorities'),
  ldapTrustStorePassword: pool(),
  poolMaxIdle: pool(),
  poolMaxTotal: pool(),
  poolMinIdle: pool(),
  poolTestOnBorrow: pool(),
});

export type LdapFile = z.output<typeof ldapFile>;

/** Throws `FILE_MISSING` or a `ProblemsError`. */
export function readLdapFile(file: string): LdapFile {
  const source = parseYaml(readText(file, 'LDAP file'), file);
  const checked = ldapFile.refine(
    (f) => f.ldapUserDnPattern !== undefined || f.ldapUserSearch !== undefined,
    {
      message: 'expected ldapUserSearch or ldapUserDnPattern, with ${USER} in it',
    },
  );
  return readYaml(source, checked);
}
