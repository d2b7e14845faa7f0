/** What can be broken on purpose: every fault with its target and what it takes, in one table. */
import { z } from 'zod';
import { duration } from '../../../base/yaml.ts';
import { clusterName } from '../names.ts';

export interface FaultEntry {
  /**
   * What it breaks: a cluster's process, the way from the gateway to a cluster (through a proxy of ours on loopback),
   * a simulated cluster, the gateway's own processes, or its store.
   */
  readonly on: 'process' | 'way' | 'stub' | 'gateway' | 'store';
  readonly means: string;
  /** Keys beside `type`, `cluster` and `for` that it needs. */
  readonly needs?: readonly ('delay' | 'rate' | 'bytes' | 'by')[];
}

export const FAULTS = {
  hang: { on: 'process', means: 'SIGSTOP: the coordinator accepts and never answers, then goes on' },
  'slow-start': {
    on: 'process',
    means: 'killed and started again; frozen for the time right after its port has opened',
  },
  'clock-skew': {
    on: 'process',
    means: 'killed and started again with a wall clock that is wrong (simulated clusters)',
    needs: ['by'],
  },
  refuse: { on: 'way', means: 'new connections are refused, open ones stay' },
  reset: { on: 'way', means: 'open connections are reset, new ones as soon as they speak' },
  'half-open': { on: 'way', means: 'requests arrive, answers do not; nobody is told' },
  'black-hole': { on: 'way', means: 'no byte passes in either direction; nobody is told' },
  delay: {
    on: 'way',
    means: 'answers arrive later by `delay`, plus up to `jitter` by lot',
    needs: ['delay'],
  },
  bandwidth: { on: 'way', means: 'answers pass at `rate` bytes a second', needs: ['rate'] },
  'cut-body': {
    on: 'way',
    means: 'each connection is cut after `bytes` of answers: in the middle of a body',
    needs: ['bytes'],
  },
  'false-ready': {
    on: 'stub',
    means: 'says that it is ready, and fails every scan with NO_NODES_AVAILABLE',
  },
  'lose-worker': { on: 'stub', means: 'a worker is gone: what runs fails with REMOTE_HOST_GONE' },
  'lose-worker-tolerant': {
    on: 'stub',
    means: 'a worker is gone under fault-tolerant execution: what runs takes longer by `delay`',
    needs: ['delay'],
  },
  'kill-node': { on: 'gateway', means: 'kill -9 of one gateway node; it comes back after the time' },
  'kill-all-nodes': { on: 'gateway', means: 'kill -9 of all gateway nodes; they come back after the time' },
  'skew-node': {
    on: 'gateway',
    means: 'one gateway node is started again with a wall clock that is wrong',
    needs: ['by'],
  },
  'store-down': { on: 'store', means: 'the database server cannot be reached (`dataStore.jdbcUrl`)' },
  'store-slow': {
    on: 'store',
    means: 'a database server answers two seconds late; a SQLite file is locked most of the time',
  },
  'store-read-only': { on: 'store', means: 'the SQLite file can be read, and takes no change' },
  'store-full': { on: 'store', means: 'the SQLite file takes no new row: history is lost, queries are not' },
} as const satisfies Readonly<Record<string, FaultEntry>>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as [FaultName, ...FaultName[]];

export const fault = z
  .strictObject({
    type: z.enum(FAULT_NAMES).describe('see docs/faults.md'),
    cluster: clusterName.optional().describe('whom it hits; not for faults of the gateway and its store'),
    for: duration().prefault('3s').describe('how long it lasts'),
    minOpen: z.int().min(0).default(0).describe('wait, 15 s at most, for so many open queries there'),
    delay: duration().optional(),
    jitter: duration().prefault('0ms'),
    rate: z.int().positive().optional().describe('bytes a second'),
    bytes: z.int().min(0).optional(),
    by: duration().optional().describe('how far the clock goes wrong, forwards'),
  })
  .describe('something breaks for a while');

export const kill = z.strictObject({
  cluster: clusterName,
  signal: z.enum(['SIGKILL', 'SIGTERM']).default('SIGKILL'),
  minOpen: z
    .int()
    .min(0)
    .default(1)
    .describe(
      'wait, 15 s at most, until so many queries are open on the cluster: without any, nothing is tested',
    ),
  restartAfter: duration().optional().describe('start the same cluster again after this time'),
});

export const chaos = z
  .strictObject({
    for: duration().describe('how long faults go on'),
    every: z
      .strictObject({
        least: duration().prefault('10s'),
        most: duration().prefault('30s'),
      })
      .prefault({})
      .describe('from one fault to the next, drawn evenly between the two'),
    clusters: z.array(clusterName).default([]).describe('whom faults of clusters may hit'),
    faults: z
      .array(z.strictObject(fault.shape).omit({ cluster: true }))
      .min(1)
      .describe('drawn from; `cluster` is drawn too'),
  })
  .describe('a seeded schedule of faults: the same seed breaks the same things at the same times');
