/**
 * The door of this room: who sends a request, in the Java gateway's order (`TrinoRequestUser`): `X-Trino-User`, the user of a
 * Basic header, a claim of a Bearer token, the userinfo endpoint for a Bearer token without that claim, the token in a cookie of
 * Trino's web UI. Nothing is verified; that is the coordinator's work. The answer is for routing and grants nothing.
 */
import type { Clock } from '../../src/base/clock.ts';
import type { RequestUser } from '../sql/properties.ts';
import { textClaim } from './claims.ts';
import { basicUser, bearerToken, cookieToken, type HeaderReader } from './credentials.ts';
import { UserInfoCache, type UserInfoStats } from './user-info.ts';

export type { HeaderReader } from './credentials.ts';
export type { UserInfoStats } from './user-info.ts';

export interface IdentifierOptions {
  /** `requestAnalyzerConfig.tokenUserField`: the claim that names the user. */
  readonly tokenUserField?: string;
  /** `requestAnalyzerConfig.oauthTokenInfoUrl`: the OIDC userinfo endpoint; without it opaque tokens name nobody. */
  readonly oauthTokenInfoUrl?: string | undefined;
  readonly clock: Clock;
  readonly userInfoTimeoutMs?: number;
}

export interface Identifier {
  /** Never rejects: a request that says nothing usable is nobody's. */
  identify(request: HeaderReader): Promise<RequestUser>;
  readonly stats: UserInfoStats;
  close(): Promise<void>;
}

const NOBODY: RequestUser = { user: undefined, userInfo: undefined };

export function createIdentifier(options: IdentifierOptions): Identifier {
  const { tokenUserField = 'email', oauthTokenInfoUrl, clock } = options;
  const userInfo =
    oauthTokenInfoUrl === undefined
      ? undefined
      : new UserInfoCache(oauthTokenInfoUrl, clock, options.userInfoTimeoutMs ?? 5_000);

  async function fromBearer(token: string): Promise<RequestUser> {
    const named = textClaim(token, tokenUserField);
    if (named !== undefined) return { user: named, userInfo: undefined };
    const claims = await userInfo?.claimsOf(token);
    return claims === undefined ? NOBODY : { user: claims.sub, userInfo: claims };
  }

  return {
    async identify(request) {
      const user = request.header('x-trino-user');
      if (user !== null) return { user, userInfo: undefined };
      const authorization = request.header('authorization') ?? '';
      const basic = basicUser(authorization);
      if (basic !== undefined) return { user: basic, userInfo: undefined };
      const bearer = bearerToken(authorization);
      const found = bearer === undefined ? NOBODY : await fromBearer(bearer);
      if (found.user !== undefined) return found;
      const cookie = cookieToken(request.header('cookie') ?? '');
      return cookie === undefined ? NOBODY : { user: textClaim(cookie, tokenUserField), userInfo: undefined };
    },
    get stats() {
      return userInfo?.stats ?? { asked: 0, cacheHits: 0, failed: 0, refused: 0, cached: 0 };
    },
    async close() {
      await userInfo?.close();
    },
  };
}
