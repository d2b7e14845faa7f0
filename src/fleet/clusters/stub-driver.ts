/** Simulated clusters: each coordinator is a process of its own, so that it can be killed alone. */
import { join } from 'node:path';
import { OWNER_ONLY, writeJson } from '../../base/files.ts';
import { startNodeProcess } from '../processes/node-process.ts';
import { claimPort } from '../processes/ports.ts';
import type { Cluster, ClusterDriver } from './cluster.ts';

export const stubDriver: ClusterDriver = async (spec, context): Promise<Cluster> => {
  const port = await claimPort(spec.port, `cluster ${spec.name}`);
  const configFile = join(context.dir, 'clusters', `${spec.name}.json`);
  let settings: Readonly<Record<string, unknown>> = spec.settings;
  let clockAheadMs = 0;
  const events = context.eventAddress?.(spec.name);
  const write = () =>
    writeJson(
      configFile,
      {
        service: { kind: 'table', file: context.serviceTableFile },
        seed: context.seed,
        ...settings,
        ...(events === undefined
          ? {}
          : { eventListener: { uri: events.uri, authorization: events.header.value } }),
        port,
      },
      OWNER_ONLY,
    );
  write();
  return {
    name: spec.name,
    group: spec.group,
    zone: spec.zone,
    driver: 'stub',
    url: `http://127.0.0.1:${port}`,
    probeTable: 'tpch.tiny.nation',
    configure(changed) {
      settings = { ...settings, ...changed };
      write();
    },
    skewClock(aheadMs) {
      clockAheadMs = aheadMs;
    },
    launch: (signal) =>
      startNodeProcess({
        name: spec.name,
        module: 'src/stub/main',
        args: ['--config', configFile],
        behind: true,
        clockAheadMs,
        logFile: join(context.dir, 'logs', `${spec.name}.log`),
        minder: context.minder,
        readyTimeoutMs: context.startTimeoutMs,
        signal,
      }),
  };
};
