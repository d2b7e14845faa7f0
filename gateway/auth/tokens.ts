/**
 * Session tokens, signed with the key pair of `authentication.form.selfSignKeyPair`: RS256, issuer `self`, the user
 * as subject, as the Java gateway makes them (LbTokenUtil), so that both take each other's. Ours end after a day;
 * the Java gateway's never end; such are made and taken only with `compat: strict`. Each of ours is one of its own
 * (`jti`), so that logging out ends one session and no other.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { errorText, failure } from '../../src/base/errors.ts';
import { readText } from '../../src/base/yaml.ts';

const ISSUER = 'self';
const ALGORITHM = 'RS256';
export const TOKEN_LIFETIME_S = 24 * 3600;

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface Tokens {
  sign(user: string): Promise<string>;
  /** The user, or undefined when the token is not one of ours, or is over. */
  verify(token: string): Promise<string | undefined>;
}

/** Reads PEM files. Throws `FILE_MISSING`. */
export function readKeyPair(paths: { privateKey: string; publicKey: string }): KeyPair {
  return {
    privateKey: key('private key', paths.privateKey, createPrivateKey),
    publicKey: key('public key', paths.publicKey, createPublicKey),
  };
}

function key(what: string, file: string, parse: (pem: string) => KeyObject): KeyObject {
  const pem = readText(file, `selfSignKeyPair, ${what}`);
  try {
    const parsed = parse(pem);
    if (parsed.asymmetricKeyType === 'rsa') return parsed;
    throw new Error(`expected an RSA key, got ${parsed.asymmetricKeyType}`);
  } catch (error) {
    throw failure(
      'FILE_MISSING',
      { what: `selfSignKeyPair, ${what}`, file, reason: errorText(error) },
      error,
    );
  }
}

/** A pair that lives as long as this process: sessions end with it. */
export function passingKeyPair(): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function tokens(keys: KeyPair, endless: boolean): Tokens {
  return {
    sign(user) {
      const token = new SignJWT({})
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setSubject(user)
        .setJti(randomUUID());
      const ending = endless ? token : token.setIssuedAt().setExpirationTime(`${TOKEN_LIFETIME_S}s`);
      return ending.sign(keys.privateKey);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys.publicKey, {
          issuer: ISSUER,
          algorithms: [ALGORITHM],
          requiredClaims: endless ? ['sub'] : ['sub', 'exp'],
        });
        return payload.sub;
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
        throw error;
      }
    },
  };
}
