/**
 * Keeps the memory of a stream of short-lived things small. V8 lets garbage grow to several times what lives before it looks, and
 * more when other processes keep its helper threads from running; a command that promises a bound has to look itself.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collector = (options?: { readonly type: 'minor' }) => void;

let known: Collector | undefined;

function collector(): Collector {
  if (known === undefined) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as Collector;
    setFlagsFromString('--no-expose-gc');
  }
  return known;
}

/** Collects the young generation; what survives it twice grows old. */
export function collectYoung(): void {
  collector()({ type: 'minor' });
}

/** A check to be called now and then: collects garbage when heap and buffers together hold more than so much. */
export function heapBound(bytes: number): () => void {
  let bound = bytes;
  return () => {
    const before = held();
    if (before < bound) return;
    collector()();
    // What really lives must not be searched again and again.
    bound = Math.max(bytes, held() * 1.5);
  };
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
