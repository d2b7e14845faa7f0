/** Ctrl-C: once to end in order, twice to end at once. */
import { EXIT } from '../base/errors.ts';

/** Aborts on SIGINT, SIGTERM, SIGHUP, or when the process that started us is gone; the reason's `cause` says which. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (cause: string) => {
    // The minder takes down what a hasty end leaves behind.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error('interrupted', { cause }));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt(name));
  if (process.channel !== undefined) {
    process.on('disconnect', () => interrupt('the process that started this one is gone'));
    // Comes from our launcher beside the terminal's own signal, and is no second wish to end.
    process.on('message', () => controller.abort(new Error('interrupted', { cause: 'SIGINT' })));
    process.channel?.unref();
  }
  return controller.signal;
}
