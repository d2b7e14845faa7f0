/** Keys that are accepted and change nothing. Those that a file sets are named in one warning at start. */
import type { Path } from '../../../src/base/yaml.ts';
import { type Draft, valueAt } from './draft.ts';

export interface WithoutEffect {
  readonly key: string;
  readonly line: number;
  readonly reason: string;
}

const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  'dataStore.driver': 'the driver follows from jdbcUrl',
  'monitor.explicitPrepare': 'the statement of the JDBC monitor is sent as it is',
  'monitor.clusterMetricsRegistryRefreshPeriod': 'metrics of a backend follow its checks at once',
  proxyResponseConfiguration: 'answers are streamed and have no limit',
  databaseCache: 'backends are always kept in memory',
};

/** Read and checked already, but nothing acts on them yet. Whoever builds what they are for takes the line away. */
export const NOT_YET: readonly string[] = [
  'clientCertificateJwtAuthentication',
  'requestAnalyzerConfig.clientCertificateIdentityField',
  'requestAnalyzerConfig.clientCertificateUserMappingPattern',
  'requestAnalyzerConfig.clientCertificateUserMappingFile',
];

const AIRLIFT = 'no counterpart here';

/** Keys of the file that change nothing, in its order. `properties` are those of serverConfig that were not mapped. */
export function withoutEffect(draft: Draft, properties: readonly string[]): WithoutEffect[] {
  const found = [
    ...Object.entries(WITHOUT_EFFECT),
    ...NOT_YET.map((key) => [key, 'not supported yet'] as const),
  ].flatMap(([key, reason]) => entryOf(draft, key.split('.'), reason));
  const airlift = properties.flatMap((name) => entryOf(draft, ['serverConfig', name], AIRLIFT));
  return [...found, ...airlift].toSorted((a, b) => a.line - b.line);
}

function entryOf(draft: Draft, path: readonly string[], reason: string): WithoutEffect[] {
  const given = valueAt(draft.source.data, path) === undefined ? mappedTo(draft, path) : [path];
  return given.map((place) => ({
    key: place.join('.'),
    line: draft.source.problemAt(place, '', 'key').line,
    reason,
  }));
}

/** Places in the file whose values became this key or one under it. */
function mappedTo(draft: Draft, path: readonly string[]): Path[] {
  return [...draft.reasons].flatMap(([key, reason]) => {
    const to = JSON.parse(key) as Path;
    return reason.kind === 'mapped' && path.every((step, i) => to[i] === step) ? [reason.from] : [];
  });
}
