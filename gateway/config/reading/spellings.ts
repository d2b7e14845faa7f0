/**
 * Names that keys of the Java gateway had in other releases or only in its documentation. They are accepted, with a
 * note that says what they are called now. Sources: release notes 10 to 21, `HaGatewayConfiguration` of release 21.
 */
import type { Path } from '../../../src/base/yaml.ts';
import { type Draft, isMap, keyOf, note, problem, removeAt, setAt, valueAt } from './draft.ts';

interface Spelling {
  readonly from: string;
  readonly to: string;
  /** Of the old value; undefined when it means that the key is absent. */
  readonly convert?: (value: unknown) => unknown;
  readonly since?: string;
}

const SPELLINGS: readonly Spelling[] = [
  {
    from: 'monitor.taskDelaySeconds',
    to: 'monitor.taskDelay',
    convert: (value) => (/^\d+$/.test(String(value)) ? `${value}s` : value),
    since: '16',
  },
  { from: 'routing.addXForwardedHeaders', to: 'routing.forwardedHeadersEnabled', since: '19' },
  {
    from: 'routingRules.rulesExternalConfiguration.blackListHeaders',
    to: 'routingRules.rulesExternalConfiguration.excludeHeaders',
    since: '12',
  },
  {
    from: 'requestAnalyzerConfig.isClientsUseV2Format',
    to: 'requestAnalyzerConfig.clientsUseV2Format',
  },
  {
    from: 'authentication.form.selfSignKeyPair.privateKeyRsa',
    to: 'authentication.form.selfSignKeyPair.privateKey',
    since: '21',
  },
  {
    from: 'authentication.form.selfSignKeyPair.publicKeyRsa',
    to: 'authentication.form.selfSignKeyPair.publicKey',
    since: '21',
  },
  { from: 'backendState.xForwardedProtoHeader', to: 'backendState.xforwardedProtoHeader' },
  {
    from: 'clusterStatsConfiguration.useApi',
    to: 'clusterStatsConfiguration.monitorType',
    convert: (value) => (value === true ? 'UI_API' : undefined),
  },
];

/** Names that people expect, by what they mean. They stop the start, as in the Java gateway. */
const EXPECTED: Readonly<Record<string, string>> = {
  userPermissions: 'users are under presetUsers, and the pages of a role under pagePermissions',
  statementPaths: 'further statement paths are under additionalStatementPaths',
  clientsMinTokenVersion: 'there is nothing like it; remove it',
  notifier: 'the Java gateway has no notifier any more; remove it, and watch /metrics instead',
  logging: 'use log.level and log.path here',
  resourceGroups: 'resource groups are the business of Trino since release 19; remove it',
};

/** Puts values under today's names. */
export function renameOldKeys(draft: Draft): void {
  for (const spelling of SPELLINGS) rename(draft, spelling);
}

function rename(draft: Draft, { from, to, convert, since }: Spelling): void {
  const [oldPath, newPath] = [from.split('.'), to.split('.')];
  const old = valueAt(draft.data, oldPath);
  if (old === undefined) return;
  removeAt(draft.data, oldPath);
  if (valueAt(draft.data, newPath) !== undefined) {
    problem(draft, oldPath, `${from}: is another name of ${to}, which is there too; remove one`, 'key');
    return;
  }
  const value = convert === undefined ? old : convert(old);
  if (value !== undefined) place(draft, oldPath, newPath, value);
  note(draft, oldPath, `${from} is called ${to}${since === undefined ? '' : ` since release ${since}`}`);
}

/** Sets a value that is written elsewhere in the file. */
export function place(draft: Draft, from: Path, to: Path, value: unknown): boolean {
  if (!setAt(draft.data, to, value)) return false;
  draft.reasons.set(keyOf(to), { kind: 'mapped', from });
  return true;
}

/** Old names in the file, as `old → new`, for telling all that has moved at once. */
export function oldKeysIn(data: unknown): { readonly path: Path; readonly now: string }[] {
  return SPELLINGS.flatMap(({ from, to }) => {
    const path = from.split('.');
    return valueAt(data, path) === undefined ? [] : [{ path, now: to }];
  });
}

/** Refuses names that exist nowhere, with what was probably meant, and takes them away from the schema's eyes. */
export function refuseExpectedNames(draft: Draft): void {
  for (const [name, meant] of Object.entries(EXPECTED)) {
    if (!isMap(draft.data) || !Object.hasOwn(draft.data, name)) continue;
    problem(draft, [name], `unknown key "${name}": ${meant}`, 'key');
    delete draft.data[name];
  }
}
