/**
 * Keeps the memory of a stream of short-lived things small. V8 lets garbage grow to several times what lives before it looks, and
 * more when other processes keep its helper threads from running; a command that promises a bound has to look itself.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collector: (() => void) | undefined;

function collect(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collector();
}

/** A check to be called now and then: collects garbage when heap and buffers together hold more than so much. */
export function heapBound(bytes: number): () => void {
  let bound = bytes;
  return () => {
    const before = held();
    if (before < bound) return;
    collect();
    // What really lives must not be searched again and again.
    bound = Math.max(bytes, held() * 1.5);
  };
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
