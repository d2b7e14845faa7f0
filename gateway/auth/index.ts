/** The room's one door: who is asking, how somebody logs in, and what he may see. */
import type { IncomingHttpHeaders } from 'node:http';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { type Attempts, attempts } from './attempts.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import type { Identity } from './identity.ts';
import type { Oidc } from './oidc.ts';
import type { Known } from './passwords.ts';
import { EVERYBODY, type Principal } from './principal.ts';
import { type Proofs, proofs } from './proofs.ts';
import type { Revoked } from './revoked.ts';
import { pagesFor, type RolesOf, rolesBy } from './roles.ts';

export { type Principal, ROLES, type Role } from './principal.ts';

export type AuthConfig = Pick<
  GatewayConfig,
  'authentication' | 'authorization' | 'presetUsers' | 'pagePermissions' | 'uiConfiguration' | 'compat'
>;

/** Too many failed before: what is not known to be right is not looked at for so long. */
export interface TooMany {
  readonly kind: 'too-many';
  readonly waitMs: number;
}

export type LoginOutcome =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' | 'unavailable' }
  | TooMany;

export type Identified =
  | { readonly kind: 'known'; readonly principal: Principal }
  | { readonly kind: 'unknown' }
  | TooMany;

export interface Auth {
  /** What POST /loginType answers. */
  readonly loginType: 'none' | 'form' | 'oauth';
  /** The caller; `unknown` without valid credentials. Never rejects. */
  identify(headers: IncomingHttpHeaders, address: string): Promise<Identified>;
  login(name: string, password: string, address: string): Promise<LoginOutcome>;
  /** Ends the session whose token the request carries, on this node. Never rejects. */
  logout(headers: IncomingHttpHeaders): Promise<void>;
  /** Login by an issuer, where one is configured. */
  readonly oidc: Oidc | undefined;
  /** Pages of the console that the caller may see; empty means all. */
  pages(principal: Principal): string[];
}

/** Where nothing is configured, everybody holds every role; the token of a login is the name itself. */
export const openToAll: Auth = {
  loginType: 'none',
  identify: async () => ({ kind: 'known', principal: EVERYBODY }),
  login: async (name) => ({ kind: 'token', token: name }),
  logout: async () => undefined,
  oidc: undefined,
  pages: () => [],
};

/**
 * Rejects with `FILE_MISSING` or a `ProblemsError` for a key file or an LDAP file that cannot be used. What logins need is
 * loaded where there are logins: it costs memory.
 */
export async function createAuth(config: AuthConfig, log: Log, nowMs: () => number): Promise<Auth> {
  const { authentication } = config;
  if (authentication?.form === undefined && authentication?.oauth === undefined) return openToAll;
  const [{ identityBy }, { oidc }, { revokedTokens }] = await Promise.all([
    import('./identity.ts'),
    import('./oidc.ts'),
    import('./revoked.ts'),
  ]);
  const parts: Parts = {
    identity: identityBy(config, log, nowMs),
    oidc: authentication.oauth === undefined ? undefined : oidc(authentication.oauth),
    rolesOf: rolesBy(config.authorization),
    attempts: attempts(nowMs),
    proofs: proofs(nowMs),
    revoked: revokedTokens(nowMs, Date.now),
    log,
  };
  return {
    loginType: authentication.defaultType ?? (authentication.form === undefined ? 'oauth' : 'form'),
    identify: (headers, address) => identify(parts, credentialsOf(headers), address),
    login: (name, password, address) => login(parts, name, password, address),
    logout: (headers) => logout(parts, credentialsOf(headers)),
    oidc: parts.oidc,
    pages: (principal) => pagesFor(principal, config.pagePermissions),
  };
}

const UNKNOWN: Identified = { kind: 'unknown' };

interface Parts {
  readonly identity: Identity;
  readonly oidc: Oidc | undefined;
  readonly rolesOf: RolesOf;
  readonly attempts: Attempts;
  readonly proofs: Proofs;
  readonly revoked: Revoked;
  readonly log: Log;
}

async function identify(
  parts: Parts,
  credentials: Credentials | undefined,
  address: string,
): Promise<Identified> {
  if (credentials === undefined) return UNKNOWN;
  try {
    const known =
      credentials.kind === 'token'
        ? await ownerOf(parts, credentials.token)
        : await checked(parts, credentials.user, credentials.password, address);
    if (known === undefined) return UNKNOWN;
    if ('kind' in known) return known;
    return { kind: 'known', principal: { name: known.name, roles: parts.rolesOf(known.privileges) } };
  } catch (error) {
    parts.log.error({ reason: errorText(error) }, 'a caller could not be identified');
    return UNKNOWN;
  }
}

/** Whose token it is: one of ours, or one of the issuer's. */
async function ownerOf(
  { identity, oidc: issuer, revoked }: Parts,
  token: string,
): Promise<Known | undefined> {
  if (revoked.has(token)) return undefined;
  const ours = await identity.ownerOf(token);
  if (ours !== undefined) return ours;
  const theirs = await issuer?.verify(token);
  if (theirs === undefined || theirs.hasPrivileges) return theirs;
  return { name: theirs.name, privileges: (await identity.privilegesOf(theirs.name)) ?? '' };
}

async function logout({ identity, log, oidc: issuer, revoked }: Parts, credentials: Credentials | undefined) {
  if (credentials?.kind !== 'token') return;
  const { token } = credentials;
  try {
    const isGood = (await identity.isOurs(token)) || (await issuer?.verify(token)) !== undefined;
    if (isGood) revoked.add(token);
  } catch (error) {
    log.error({ reason: errorText(error) }, 'a session could not be ended');
  }
}

async function login(parts: Parts, name: string, password: string, address: string): Promise<LoginOutcome> {
  try {
    const known = await checked(parts, name, password, address);
    if (known === undefined) return { kind: 'refused' };
    if ('kind' in known) return known;
    return { kind: 'token', token: await parts.identity.sign(known.name) };
  } catch (error) {
    parts.log.error({ reason: errorText(error) }, 'a login could not be checked');
    return { kind: 'unavailable' };
  }
}

/**
 * While guesses are held up, a password that was right before still passes: fresh without a check, later by a check
 * of its own, so that one which was changed since ends here too.
 */
async function checked(
  { attempts: tried, identity, proofs: proved }: Parts,
  name: string,
  password: string,
  address: string,
): Promise<Known | TooMany | undefined> {
  const proof = proved.of(name, password);
  if (proof?.isFresh === true) return proof.known;
  const waitMs = proof === undefined ? tried.waitMs(address, name) : 0;
  if (waitMs > 0) return { kind: 'too-many', waitMs };
  const known = await identity.check(name, password);
  if (known === undefined) {
    proved.drop(name, password);
    tried.failed(address, name);
    return undefined;
  }
  proved.keep(name, password, known);
  if (proof === undefined) tried.succeeded(address, name);
  return known;
}
