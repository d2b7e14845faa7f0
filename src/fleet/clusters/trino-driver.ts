/** Real Trino: each cluster is a coordinator process on this machine that also works, installed through Maven. */
import { join } from 'node:path';
import { z } from 'zod';
import { EVENT_LISTENER_PLUGIN, installTrino, type TrinoInstall } from '../install/trino-install.ts';
import { claimPort } from '../processes/ports.ts';
import type { Cluster, ClusterDriver } from './cluster.ts';
import { waitForInfo } from './trino-info.ts';
import { DEFAULT_HEAP, prepareTrino, startTrino } from './trino-server.ts';

/** Settings of driver `trino`. */
export const trinoSettings = z.strictObject({
  version: z.string().default('476').describe('release of trino-server-core on Maven Central'),
  heap: z.string().default(DEFAULT_HEAP).describe('Java heap of each coordinator'),
  catalogs: z
    .record(z.string(), z.record(z.string(), z.string()))
    .default({ tpch: {}, memory: {} })
    .describe('catalog → its properties'),
  probeTable: z.string().default('tpch.tiny.nation').describe('a scan of it proves readiness'),
  eventListener: z
    .boolean()
    .default(false)
    .describe(
      'tells the run of every query by Trino’s HTTP event listener; the plugin is published in the full server tarball alone (820 MB, fetched once)',
    ),
  processForwarded: z.boolean().default(true).describe('http-server.process-forwarded of the coordinator'),
  config: z.record(z.string(), z.string()).default({}).describe('more lines of config.properties'),
});

type TrinoSettings = z.output<typeof trinoSettings>;

const installs = new Map<string, Promise<TrinoInstall>>();

/** One installation per version and set of plugins, however many clusters ask for it. */
function installed(
  version: string,
  plugins: readonly string[],
  note: (text: string) => void,
  signal: AbortSignal,
) {
  const key = `${version} ${plugins.join(' ')}`;
  const running = installs.get(key) ?? installTrino({ version, plugins, note, signal });
  installs.set(key, running);
  // One that failed may be tried again.
  running.catch(() => installs.delete(key));
  return running;
}

export const trinoDriver: ClusterDriver = async (spec, context): Promise<Cluster> => {
  const settings = trinoSettings.parse(spec.settings);
  const plugins = Object.entries(settings.catalogs).map(([name, props]) => props['connector.name'] ?? name);
  if (settings.eventListener) plugins.push(EVENT_LISTENER_PLUGIN);
  const install = await installed(
    settings.version,
    [...new Set(plugins)].toSorted(),
    context.note,
    context.signal,
  );
  const port = await claimPort(spec.port, `cluster ${spec.name}`);
  const prepare = ({ heap, catalogs, eventListener, processForwarded, config }: TrinoSettings) =>
    prepareTrino(install, {
      name: spec.name.replaceAll('.', '_'),
      port,
      dir: join(context.dir, 'clusters', spec.name),
      ...{ heap, catalogs, processForwarded, extraConfig: config },
      events: eventListener ? context.eventAddress?.(spec.name) : undefined,
    });
  let prepared = prepare(settings);
  return {
    name: spec.name,
    group: spec.group,
    zone: spec.zone,
    driver: 'trino',
    url: prepared.url,
    probeTable: settings.probeTable,
    // Catalogs whose plugins were not installed at the start cannot be added by it.
    configure(changed) {
      prepared = prepare(trinoSettings.parse({ ...spec.settings, ...changed }));
    },
    async launch(signal) {
      const logFile = join(context.dir, 'logs', `${spec.name}.log`);
      const child = await startTrino(prepared, { minder: context.minder, logFile, signal });
      const { startTimeoutMs: timeoutMs } = context;
      try {
        await waitForInfo(prepared.url, {
          timeoutMs,
          signal,
          exited: child.exited,
          name: spec.name,
          logFile,
        });
      } catch (error) {
        child.kill('SIGKILL');
        await child.exited;
        throw error;
      }
      return child;
    },
  };
};
