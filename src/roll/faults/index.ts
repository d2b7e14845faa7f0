/** The faults by name: each begins, and answers how it ends. */
import type { SingleAction } from '../../scenario/expand.ts';
import type { FaultName } from '../../scenario/sections/timeline/index.ts';
import type { RollContext } from '../context.ts';
import { clockSkew } from './clock-skew.ts';
import { falseReady } from './false-ready.ts';
import { hang } from './hang.ts';
import { killNodes } from './kill-nodes.ts';
import { loseWorker } from './lose-worker.ts';
import { skewNode } from './skew-node.ts';
import { slowStart } from './slow-start.ts';
import { storeDown, storeFull, storeReadOnly, storeSlow } from './store.ts';
import { way } from './way.ts';

export type FaultSpec = NonNullable<SingleAction['fault']>;

/** Ends the fault. */
export type End = () => Promise<void>;

/** Begins the fault; resolves when it is in force. */
export type Fault = (spec: FaultSpec, context: RollContext, action: number) => Promise<End>;

export const FAULT_DEEDS: Readonly<Record<FaultName, Fault>> = {
  hang,
  'slow-start': slowStart,
  'clock-skew': clockSkew,
  refuse: way(() => ({ kind: 'refuse' })),
  reset: way(() => ({ kind: 'reset' })),
  'half-open': way(() => ({ kind: 'half-open' })),
  'black-hole': way(() => ({ kind: 'black-hole' })),
  delay: way(({ delay = 0, jitter }) => ({ kind: 'delay', delayMs: delay, jitterMs: jitter })),
  bandwidth: way(({ rate = 1 }) => ({ kind: 'bandwidth', bytesPerSecond: rate })),
  'cut-body': way(({ bytes = 0 }) => ({ kind: 'cut-body', bytes })),
  'false-ready': falseReady,
  'lose-worker': loseWorker,
  'lose-worker-tolerant': loseWorker,
  'kill-node': killNodes('one'),
  'kill-all-nodes': killNodes('all'),
  'skew-node': skewNode,
  'store-down': storeDown,
  'store-slow': storeSlow,
  'store-read-only': storeReadOnly,
  'store-full': storeFull,
};
