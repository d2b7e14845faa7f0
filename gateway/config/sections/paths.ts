/** What is proxied besides the paths of Trino, and what is added to or done with answers. */
import { z } from 'zod';
import { duration, size } from '../../../src/base/yaml.ts';
import { pattern } from '../pattern.ts';

const STATEMENT = '/v1/statement';

export const extraWhitelistPaths = z
  .array(pattern())
  .default([])
  .describe('regular expressions over the whole path: these requests are proxied too');

/** `HaGatewayConfiguration.setAdditionalStatementPaths`: absolute, none a prefix of another, no slash at the end. */
export const additionalStatementPaths = z
  .array(z.string().transform((text) => text.replace(/\/+$/, '')))
  .superRefine((paths, ctx) => {
    paths.forEach((path, i) => {
      const message = problemOf(path, i, [STATEMENT, ...paths]);
      if (message !== undefined) ctx.addIssue({ code: 'custom', message, path: [i] });
    });
  })
  .prefault([])
  .describe('path prefixes that are treated like /v1/statement');

function problemOf(path: string, index: number, all: readonly string[]): string | undefined {
  if (!path.startsWith('/')) return `expected a path that begins with /, got "${path}"`;
  const other = all.find((b, j) => j !== index + 1 && (path.startsWith(b) || b.startsWith(path)));
  return other === undefined
    ? undefined
    : `"${path}" and "${other}": no statement path may be a prefix of another`;
}

export const includeClusterHostInResponse = z
  .boolean()
  .default(false)
  .describe('Set-Cookie: trinoClusterHost=… on answers to new statements');

export const proxyResponseConfiguration = z
  .strictObject({
    responseSize: size().prefault('32MB').describe('accepted; answers are streamed and have no limit'),
  })
  .prefault({});

export const databaseCache = z
  .strictObject({
    enabled: z.boolean().default(false).describe('accepted; backends are always kept in memory'),
    expireAfterWrite: duration().prefault('1h'),
    refreshAfterWrite: duration().prefault('5s'),
  })
  .prefault({});
