/** The gateway's store in trouble: a SQLite file by its locks, a database server by the way to it. */
import { sleep } from '../../base/clock.ts';
import { type EndTrouble, lockWrites, refuseRows } from '../../fleet/faults/store-trouble.ts';
import { type RollContext, StepFailed } from '../context.ts';
import type { Fault } from './index.ts';

/** Name of the way to the database server. */
export const STORE_WAY = '(store)';

const troubled =
  (begin: (file: string) => Promise<EndTrouble>): Fault =>
  (_, context) =>
    begin(fileOf(context));

export const storeReadOnly = troubled(lockWrites);
export const storeFull = troubled(refuseRows);

/** Connections to the database server are refused, open ones are reset. */
export const storeDown: Fault = async (_, { ways }) => {
  if (ways?.urlOf(STORE_WAY) === undefined)
    throw new StepFailed('no proxy stands between the gateway and its database');
  await ways.set(STORE_WAY, { kind: 'reset' });
  await ways.set(STORE_WAY, { kind: 'refuse' });
  return () => ways.set(STORE_WAY, { kind: 'none' });
};

const SLOW_ANSWER_MS = 2_000;
const LOCKED_MS = 400;
const OPEN_MS = 100;

/** A server answers two seconds late; a file is locked four fifths of the time, so that every change waits. */
export const storeSlow: Fault = async (_, context) => {
  const { ways } = context;
  if (ways?.urlOf(STORE_WAY) !== undefined) {
    await ways.set(STORE_WAY, { kind: 'delay', delayMs: SLOW_ANSWER_MS, jitterMs: 0 });
    return () => ways.set(STORE_WAY, { kind: 'none' });
  }
  const file = fileOf(context);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const going = (async () => {
    while (!signal.aborted) {
      const end = await lockWrites(file);
      await sleep(context.clock, LOCKED_MS, signal).catch(() => undefined);
      await end();
      await sleep(context.clock, OPEN_MS, signal).catch(() => undefined);
    }
  })();
  return async () => {
    over.abort();
    await going;
  };
};

function fileOf({ storeFile }: RollContext): string {
  if (storeFile === undefined)
    throw new StepFailed('the gateway’s store is no SQLite file of this machine, so it cannot be broken so');
  return storeFile;
}
