/** What there is to say at start about how a configuration was read. */
import type { Log } from '../../src/base/log.ts';
import { describeConfig } from './describe.ts';
import type { LoadedConfig } from './load.ts';

/** One line with the whole configuration, one per note, and one warning that names every key without effect. */
export function logLoaded(loaded: LoadedConfig, log: Log): void {
  log.info({ file: loaded.file, config: describeConfig(loaded).values }, 'configuration');
  for (const { line, message } of loaded.notes) log.info({ line }, `configuration: ${message}`);
  const { jdbcUrl, path } = loaded.config.dataStore;
  if (jdbcUrl === undefined && (path ?? ':memory:') === ':memory:')
    log.warn(
      {},
      'dataStore names no database: backends added by the API and the history are lost at a restart',
    );
  const { withoutEffect } = loaded;
  if (withoutEffect.length > 0) log.warn({ keys: withoutEffect }, withoutEffectText(loaded));
}

/** `keys that have no effect here: dataStore.driver (line 5), …`; empty when there are none. */
export function withoutEffectText({ withoutEffect }: LoadedConfig): string {
  if (withoutEffect.length === 0) return '';
  const keys = withoutEffect.map(({ key, line, reason }) => `${key} (line ${line}: ${reason})`);
  return `keys that have no effect here: ${keys.join(', ')}`;
}
