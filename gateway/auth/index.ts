/** The room's one door: who is asking, how somebody logs in, and what he may see. */
import type { IncomingHttpHeaders } from 'node:http';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { type Attempts, attempts } from './attempts.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { type CheckPassword, type Known, presetPasswords } from './passwords.ts';
import { EVERYBODY, type Principal } from './principal.ts';
import { pagesFor, type RolesOf, rolesBy } from './roles.ts';
import { passingKeyPair, readKeyPair, type Tokens, tokens } from './tokens.ts';

export { type Principal, ROLES, type Role } from './principal.ts';

export type AuthConfig = Pick<
  GatewayConfig,
  'authentication' | 'authorization' | 'presetUsers' | 'pagePermissions' | 'uiConfiguration' | 'compat'
>;

export type LoginOutcome =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' | 'unavailable' }
  | { readonly kind: 'too-many'; readonly waitMs: number };

export interface Auth {
  /** What POST /loginType answers. */
  readonly loginType: 'none' | 'form' | 'oauth';
  /** The caller, or undefined without valid credentials. Never rejects. */
  identify(headers: IncomingHttpHeaders, address: string): Promise<Principal | undefined>;
  login(name: string, password: string, address: string): Promise<LoginOutcome>;
  /** Pages of the console that the caller may see; empty means all. */
  pages(principal: Principal): string[];
}

/** Where nothing is configured, everybody holds every role; the token of a login is the name itself. */
export const openToAll: Auth = {
  loginType: 'none',
  identify: async () => EVERYBODY,
  login: async (name) => ({ kind: 'token', token: name }),
  pages: () => [],
};

/** Throws `FILE_MISSING` for a key file that cannot be used. */
export function createAuth(config: AuthConfig, log: Log, nowMs: () => number): Auth {
  const { authentication } = config;
  if (authentication?.form === undefined && authentication?.oauth === undefined) return openToAll;
  const pair = authentication.form?.selfSignKeyPair;
  if (pair === undefined && authentication.form !== undefined)
    log.warn({}, 'authentication.form has no selfSignKeyPair: sessions end when this process does');
  const parts: Parts = {
    check: presetPasswords(config.presetUsers),
    privilegesOf: (name) => config.presetUsers[name]?.privileges,
    rolesOf: rolesBy(config.authorization),
    tokens: tokens(pair === undefined ? passingKeyPair() : readKeyPair(pair), config.compat === 'strict'),
    attempts: attempts(nowMs),
    log,
  };
  return {
    loginType: loginTypeOf(authentication),
    identify: (headers, address) => identify(parts, credentialsOf(headers), address),
    login: (name, password, address) => login(parts, name, password, address),
    pages: (principal) => pagesFor(principal, config.pagePermissions),
  };
}

interface Parts {
  readonly check: CheckPassword;
  readonly privilegesOf: (name: string) => string | undefined;
  readonly rolesOf: RolesOf;
  readonly tokens: Tokens;
  readonly attempts: Attempts;
  readonly log: Log;
}

function loginTypeOf({ defaultType, form }: NonNullable<AuthConfig['authentication']>): 'form' | 'oauth' {
  return defaultType ?? (form === undefined ? 'oauth' : 'form');
}

async function identify(
  parts: Parts,
  credentials: Credentials | undefined,
  address: string,
): Promise<Principal | undefined> {
  try {
    if (credentials === undefined) return undefined;
    if (credentials.kind === 'token') {
      const name = await parts.tokens.verify(credentials.token);
      return name === undefined ? undefined : { name, roles: parts.rolesOf(parts.privilegesOf(name) ?? '') };
    }
    const known = await checked(parts, credentials.user, credentials.password, address);
    if (known === undefined || 'waitMs' in known) return undefined;
    return { name: known.name, roles: parts.rolesOf(known.privileges) };
  } catch (error) {
    parts.log.error({ reason: errorText(error) }, 'a caller could not be identified');
    return undefined;
  }
}

async function login(parts: Parts, name: string, password: string, address: string): Promise<LoginOutcome> {
  const known = await checked(parts, name, password, address);
  if (known === undefined) return { kind: 'refused' };
  if ('waitMs' in known) return { kind: 'too-many', waitMs: known.waitMs };
  return { kind: 'token', token: await parts.tokens.sign(known.name) };
}

async function checked(
  { attempts: tried, check }: Parts,
  name: string,
  password: string,
  address: string,
): Promise<Known | { readonly waitMs: number } | undefined> {
  const waitMs = tried.waitMs(address, name);
  if (waitMs > 0) return { waitMs };
  const known = await check(name, password);
  if (known === undefined) tried.failed(address, name);
  else tried.succeeded(address, name);
  return known;
}
