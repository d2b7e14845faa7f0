/** Claims of a JSON web token, read without verifying it: they choose a routing group and grant nothing. */
import { decodeJwt } from 'jose';

/** A claim that is text, or undefined: no token, no such claim, or one of another type. */
export function textClaim(token: string, name: string): string | undefined {
  try {
    const value = decodeJwt(token)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
