/** Relative paths in a configuration count from its folder. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GatewayConfig } from '../schema.ts';
import { type Draft, note, setAt, valueAt, writtenAt } from './draft.ts';

const FILES = [
  'routingRules.rulesConfigPath',
  'dataStore.path',
  'capture.folder',
  'authentication.form.selfSignKeyPair.privateKey',
  'authentication.form.selfSignKeyPair.publicKey',
  'authentication.form.ldapConfigPath',
  'authorization.ldapConfigPath',
  'requestAnalyzerConfig.clientCertificateUserMappingFile',
  'clientCertificateJwtAuthentication.jwtSigningKeyPair.privateKey',
  'clientCertificateJwtAuthentication.jwtSigningKeyPair.publicKey',
  'listen.tls.keystorePath',
  'listen.tls.truststorePath',
  'log.path',
];

/**
 * The configuration with absolute paths. The Java gateway counts from the folder in which it is started: a file that
 * is found there and not beside the configuration is taken from there, with a note.
 */
export function withAbsolutePaths(config: GatewayConfig, draft: Draft, folder: string): GatewayConfig {
  const resolved = structuredClone(config);
  for (const key of FILES) {
    const path = key.split('.');
    const given = valueAt(resolved, path);
    if (typeof given !== 'string' || given === ':memory:') continue;
    setAt(resolved as unknown as Record<string, unknown>, path, absolute(draft, path, given, folder));
  }
  return resolved;
}

function absolute(draft: Draft, path: readonly string[], given: string, folder: string): string {
  const beside = resolve(folder, given);
  const here = resolve(given);
  if (beside === here || existsSync(beside) || !existsSync(here)) return beside;
  const name = path.join('.');
  note(draft, writtenAt(draft, path), `${name}: found in the working directory, not beside this file`);
  return here;
}
