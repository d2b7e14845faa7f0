/** Reads the secrets that a scenario names. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorText, failure } from '../base/errors.ts';
import type { Access } from '../replay/access.ts';
import type { Scenario } from '../scenario/schema.ts';

/** The secrets, from files and environment. Throws SECRET_MISSING with the key of the scenario that names it. */
export function readAccess({ access }: Scenario, dir: string, env: NodeJS.ProcessEnv = process.env): Access {
  const fromFile = (key: string, name: string | undefined): string | undefined => {
    if (name === undefined) return undefined;
    try {
      return readFileSync(resolve(dir, name), 'utf8');
    } catch (error) {
      throw failure('SECRET_MISSING', { key: `access.${key}`, reason: errorText(error) }, error);
    }
  };
  const fromEnv = (key: string, name: string | undefined): string | undefined => {
    if (name === undefined) return undefined;
    const value = env[name];
    if (value === undefined || value === '')
      throw failure('SECRET_MISSING', {
        key: `access.${key}`,
        reason: `${name} is not set in the environment`,
      });
    return value;
  };
  const password =
    fromEnv('passwordEnv', access.passwordEnv) ??
    fromFile('passwordFile', access.passwordFile)?.replace(/\r?\n$/, '');
  // Read now, so that a missing file is told before anything starts.
  fromFile('tokenFile', access.tokenFile);
  const { tls } = access;
  const settings = {
    ca: fromFile('tls.ca', tls.ca),
    cert: fromFile('tls.cert', tls.cert),
    key: fromFile('tls.key', tls.key),
    passphrase: fromEnv('tls.passphraseEnv', tls.passphraseEnv),
    servername: tls.serverName,
  };
  return {
    basic: password === undefined ? undefined : { user: access.user ?? '', password },
    token: fromEnv('tokenEnv', access.tokenEnv)?.trim(),
    tokenFile: access.tokenFile === undefined ? undefined : resolve(dir, access.tokenFile),
    tls: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  };
}
