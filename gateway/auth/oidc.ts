/**
 * Login by an OpenID Connect issuer: the authorization code flow, with a nonce and PKCE (RFC 7636) besides the client
 * secret. What the browser has to bring back is in a signed cookie, so any gateway with the same client secret can
 * finish what another has begun.
 */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import type { GatewayConfig } from '../config/schema.ts';
import type { Known } from './passwords.ts';

type OauthConfig = NonNullable<NonNullable<GatewayConfig['authentication']>['oauth']>;

/** The Java gateway's name for it (OidcCookie). */
export const OIDC_COOKIE = '__Secure-Trino-Gateway-OIDC';
export const OIDC_COOKIE_LIFETIME_S = 600;
const CONSOLE = '/trino-gateway';

/** Signatures that a key at `jwkEndpoint` may have made; none with a shared secret, and never `none`. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const ISSUER_TIMEOUT_MS = 10_000;
const LONGEST_ANSWER = 256 * 1024;

export interface Begun {
  /** Where the browser goes. */
  readonly url: string;
  /** What it has to bring back. */
  readonly cookie: string;
}

export type Finished =
  | { readonly kind: 'token'; readonly token: string; readonly goTo: string }
  | { readonly kind: 'refused'; readonly why: string };

export interface Oidc {
  begin(): Promise<Begun>;
  /** From the query string and cookie of the callback. Never rejects. */
  finish(query: Readonly<Record<string, string | undefined>>, cookie: string | undefined): Promise<Finished>;
  /** Whose token it is, with the privileges claim where one is configured. Undefined when it is not the issuer's. */
  verify(token: string): Promise<(Known & { readonly hasPrivileges: boolean }) | undefined>;
}

export function oidc(config: OauthConfig): Oidc {
  const keys = createRemoteJWKSet(new URL(config.jwkEndpoint), { timeoutDuration: ISSUER_TIMEOUT_MS });
  const stateKey = stateKeyOf(config);
  return {
    begin: () => begin(config, stateKey),
    async finish(query, cookie) {
      try {
        const token = await finish(config, { keys, stateKey }, query, cookie);
        return { kind: 'token', token, goTo: config.redirectWebUrl ?? CONSOLE };
      } catch (error) {
        return { kind: 'refused', why: error instanceof Error ? error.message : String(error) };
      }
    },
    async verify(token) {
      const claims = await claimsOf(config, keys, token);
      return claims === undefined ? undefined : knownBy(config, claims);
    },
  };
}

function stateKeyOf({ clientId, clientSecret }: OauthConfig): Uint8Array {
  const secret = clientSecret === undefined || clientSecret === '' ? randomBytes(32) : clientSecret;
  return new Uint8Array(hkdfSync('sha256', secret, clientId, 'rehearse gateway login state', 32));
}

const randomText = () => randomBytes(32).toString('base64url');

async function begin(config: OauthConfig, stateKey: Uint8Array): Promise<Begun> {
  const [state, nonce, verifier] = [randomText(), randomText(), randomText()];
  const url = new URL(config.authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: config.redirectUrl,
    scope: config.scopes.join(' '),
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const cookie = await new SignJWT({ state, nonce, verifier })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(`${OIDC_COOKIE_LIFETIME_S}s`)
    .sign(stateKey);
  return { url: url.href, cookie };
}

interface Keys {
  readonly keys: JWTVerifyGetKey;
  readonly stateKey: Uint8Array;
}

/** The issuer's token. Throws with a reason that may be told to the caller. */
async function finish(
  config: OauthConfig,
  { keys, stateKey }: Keys,
  query: Readonly<Record<string, string | undefined>>,
  cookie: string | undefined,
): Promise<string> {
  const begun = await begunBy(stateKey, cookie);
  if (begun === undefined || query.state !== begun.state)
    throw new Error('this login was not begun here, or too long ago');
  const { code } = query;
  if (code === undefined) throw new Error('the issuer did not let the user in');
  const token = await exchange(config, code, String(begun.verifier));
  const claims = await claimsOf(config, keys, token);
  if (claims === undefined || claims.nonce !== begun.nonce)
    throw new Error('the issuer’s token cannot be used');
  return token;
}

async function begunBy(stateKey: Uint8Array, cookie: string | undefined): Promise<JWTPayload | undefined> {
  const verified = await jwtVerify(cookie ?? '', stateKey, { algorithms: ['HS256'] }).catch(() => undefined);
  return verified?.payload;
}

/** Exchanges the code for an id token. The secret goes into the Authorization header (RFC 6749, section 2.3.1). */
async function exchange(config: OauthConfig, code: string, verifier: string): Promise<string> {
  const { clientId, clientSecret, redirectUrl, tokenEndpoint } = config;
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUrl,
    code_verifier: verifier,
    client_id: clientId,
  });
  const basic = [clientId, clientSecret ?? ''].map(encodeURIComponent).join(':');
  const answer = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      ...(clientSecret === undefined
        ? {}
        : { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
    },
    body: form.toString(),
    redirect: 'error',
    signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS),
  }).catch(() => {
    throw new Error('the issuer cannot be reached');
  });
  const text = await answer.text();
  if (!answer.ok || text.length > LONGEST_ANSWER) throw new Error(`the issuer answered ${answer.status}`);
  const token = idTokenIn(text);
  if (token === undefined) throw new Error('the issuer answered no id_token');
  return token;
}

function idTokenIn(text: string): string | undefined {
  try {
    const { id_token: token } = JSON.parse(text) as { id_token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for what the issuer did not sign for this client; rejects when its keys cannot be had. */
async function claimsOf(
  { audiences, clientId, issuer }: OauthConfig,
  keys: JWTVerifyGetKey,
  token: string,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: [clientId, ...audiences],
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error;
    return undefined;
  }
}

function knownBy({ privilegesField, userIdField }: OauthConfig, claims: JWTPayload) {
  const name = claims[userIdField];
  if (typeof name !== 'string' || name === '') return undefined;
  const claim = privilegesField === undefined ? undefined : claims[privilegesField];
  const list = Array.isArray(claim) ? claim : claim === undefined ? [] : [claim];
  return { name, privileges: list.map(String).join('_'), hasPrivileges: claim !== undefined };
}
