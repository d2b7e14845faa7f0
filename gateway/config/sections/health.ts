/** `health`: what is asked of a backend before it gets queries. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name, tableName } from './values.ts';

const shape = {
  probe: z
    .enum(['ready', 'info', 'info-200', 'monitor'])
    .describe(
      'ready: a table scan answered; info: starting is false; info-200: /v1/info answers 200 (too weak); monitor: as clusterStatsConfiguration.monitorType says',
    ),
  table: tableName().optional().describe('table to scan, catalog.schema.table'),
  catalogs: z.array(name()).min(1).optional().describe('catalogs that must each answer a scan'),
  settle: duration().describe('wait after starting:false when no table can be found to scan'),
  user: name().describe('X-Trino-User of the probes'),
  warmUp: z.array(name()).describe('statements run once on every new coordinator before it gets queries'),
};

export const health = z
  .strictObject({
    probe: shape.probe.default('ready'),
    table: shape.table,
    catalogs: shape.catalogs,
    settle: shape.settle.prefault('8s'),
    user: shape.user.default('rehearse-probe'),
    warmUp: shape.warmUp.default([]),
    ejection: z
      .strictObject({
        failures: z
          .number()
          .int()
          .min(0)
          .default(5)
          .describe('requests in a row that broke off or were answered 502 to 504; 0 ejects nobody'),
        ejectFor: duration()
          .prefault('10s')
          .describe('first time out; the second is twice as long, and so on'),
        longest: duration().prefault('5m'),
      })
      .prefault({})
      .describe('takes a backend out by what its queries meet; never the last one of its group'),
  })
  .prefault({});

/** The same for one backend, where every key is optional. */
export const healthOverride = z.strictObject(shape).partial();
