/** From a privileges text to roles and pages, as the Java gateway does it (LbAuthorizer, AuthorizationManager). */
import { fullMatch } from '../config/pattern.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { type Principal, ROLES, type Role } from './principal.ts';

export type RolesOf = (privileges: string) => readonly Role[];

/** Without `authorization`, whoever is known holds every role; a role without a pattern is nobody's. */
export function rolesBy(authorization: GatewayConfig['authorization']): RolesOf {
  if (authorization === undefined) return () => ROLES;
  const patterns: Record<Role, string | undefined> = {
    ADMIN: authorization.admin,
    USER: authorization.user,
    API: authorization.api,
  };
  const tests = ROLES.map((role) => ({ role, holds: test(patterns[role]) }));
  return (privileges) => tests.filter(({ holds }) => holds(privileges)).map(({ role }) => role);
}

function test(pattern: string | undefined): (text: string) => boolean {
  const compiled = pattern === undefined ? undefined : fullMatch(pattern);
  return typeof compiled === 'function' ? compiled : () => false;
}

/**
 * Pages of the console that a caller may see, from `pagePermissions`. Empty means all of them: a role without an
 * entry sees everything. Role names count in any case.
 */
export function pagesFor(principal: Principal, pagePermissions: Readonly<Record<string, string>>): string[] {
  const byRole = new Map(Object.entries(pagePermissions).map(([role, pages]) => [role.toUpperCase(), pages]));
  const lists = principal.roles.map((role) => byRole.get(role));
  if (lists.length === 0 || lists.includes(undefined)) return [];
  return [...new Set(lists.flatMap((pages) => (pages ?? '').split('_')).filter((page) => page !== ''))];
}
