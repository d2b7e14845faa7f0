/** Simulated clusters: each coordinator is a process of its own, so that it can be killed alone. */
import { join } from 'node:path';
import { writeJson } from '../base/files.ts';
import { entryPoint } from '../base/project.ts';
import { startChild } from './child.ts';
import type { Cluster, ClusterDriver } from './cluster.ts';
import { claimPort } from './ports.ts';

export const stubDriver: ClusterDriver = async (spec, context): Promise<Cluster> => {
  const port = await claimPort(spec.port, `cluster ${spec.name}`);
  const configFile = join(context.dir, 'clusters', `${spec.name}.json`);
  writeJson(configFile, {
    service: { kind: 'table', file: context.serviceTableFile },
    seed: context.seed,
    ...spec.settings,
    port,
  });
  return {
    name: spec.name,
    group: spec.group,
    zone: spec.zone,
    driver: 'stub',
    url: `http://127.0.0.1:${port}`,
    probeTable: 'tpch.tiny.nation',
    launch: (signal) =>
      startChild({
        name: spec.name,
        command: process.execPath,
        args: [entryPoint('src/stub/main'), '--config', configFile, '--exit-with-stdin'],
        behind: true,
        logFile: join(context.dir, 'logs', `${spec.name}.log`),
        minder: context.minder,
        readyLine: (line) => (line.includes('"listening"') ? true : undefined),
        readyTimeoutMs: context.startTimeoutMs,
        signal,
      }),
  };
};
