/** Ctrl-C: once to end in order, twice to end at once. */
import { EXIT } from '../base/errors.ts';

/** A signal that aborts on SIGINT, SIGTERM, SIGHUP, or when the process that started us is gone. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    // The minder takes down what a hasty end leaves behind.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  if (process.channel !== undefined) {
    process.on('disconnect', interrupt);
    // Comes from our launcher beside the terminal's own signal, and is no second wish to end.
    process.on('message', () => controller.abort(new Error('interrupted')));
    process.channel?.unref();
  }
  return controller.signal;
}
