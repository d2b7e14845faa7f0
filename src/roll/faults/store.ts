/** The gateway's store in trouble. */
import { sleep } from '../../base/clock.ts';
import { type EndTrouble, lockAll, lockWrites, refuseRows } from '../../fleet/store-trouble.ts';
import { type RollContext, StepFailed } from '../context.ts';
import type { Fault } from './index.ts';

const troubled =
  (begin: (file: string) => EndTrouble): Fault =>
  async (_, context) => {
    const end = begin(fileOf(context));
    return async () => end();
  };

export const storeDown = troubled(lockAll);
export const storeReadOnly = troubled(lockWrites);
export const storeFull = troubled(refuseRows);

const LOCKED_MS = 400;
const OPEN_MS = 100;

/** Locked four fifths of the time: every statement waits, and some longer than anybody's patience. */
export const storeSlow: Fault = async (_, context) => {
  const file = fileOf(context);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const going = (async () => {
    while (!signal.aborted) {
      const end = lockAll(file);
      await sleep(context.clock, LOCKED_MS, signal).catch(() => undefined);
      end();
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
    throw new StepFailed('the gateway’s store is no SQLite file of this machine, so it cannot be broken');
  return storeFile;
}
