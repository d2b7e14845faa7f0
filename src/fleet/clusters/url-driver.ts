/** A cluster that nobody here may start or stop: it is only looked at, and the gateway is told of it. */
import { z } from 'zod';
import { failure } from '../../base/errors.ts';
import type { Cluster, ClusterDriver, ClusterProcess } from './cluster.ts';
import { readInfo, waitForInfo } from './trino-info.ts';

/** Settings of driver `url`. */
export const urlSettings = z.strictObject({
  url: z.url().describe('where the coordinator is; clusters need one each'),
  probeTable: z.string().default('tpch.tiny.nation').describe('a scan of it proves readiness'),
});

/** Nobody here can watch it, so its end is never told. */
const foreign: ClusterProcess = {
  exited: new Promise(() => {}),
  stop: async () => {},
  kill: () => {
    throw failure('USAGE', { detail: 'a cluster of driver url cannot be killed from here' });
  },
};

export const urlDriver: ClusterDriver = async (spec, context): Promise<Cluster> => {
  const { url, probeTable } = urlSettings.parse(spec.settings);
  const base = url.replace(/\/$/, '');
  return {
    ...{ name: spec.name, group: spec.group, zone: spec.zone, driver: 'url' },
    ...{ url: base, probeTable, keptRunning: true },
    attach: async (signal) => ((await readInfo(base, undefined, signal)) === undefined ? undefined : foreign),
    // A standby may be on its way up by somebody else's hand.
    async launch(signal) {
      await waitForInfo(base, { timeoutMs: context.startTimeoutMs, signal, name: spec.name });
      return foreign;
    },
  };
};
