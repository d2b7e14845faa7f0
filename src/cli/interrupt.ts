/** Ctrl-C: once to end in order, twice to end at once. */
import { closeSync, openSync } from 'node:fs';
import { EXIT } from '../base/errors.ts';

const STARTER_GONE = 'the process that started this one is gone';

/**
 * Aborts on SIGINT, SIGTERM, SIGHUP, or when the process that started us is gone; the reason's `cause` says which.
 * With `hangUp: 'own'` SIGHUP is left to the command, as long as the terminal that it was started in is there.
 */
export function interruptSignal({ hangUp }: { readonly hangUp: 'ends' | 'own' }): AbortSignal {
  const controller = new AbortController();
  const abort = (cause: string) => controller.abort(new Error('interrupted', { cause }));
  const interrupt = (cause: string) => {
    // The minder takes down what a hasty end leaves behind.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    abort(cause);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt(name));
  const hadTerminal = process.stdin.isTTY === true || process.stderr.isTTY === true;
  process.on('SIGHUP', () => {
    if (hangUp === 'ends') interrupt('SIGHUP');
    else if (hadTerminal && !hasTerminal()) abort('the terminal is gone');
  });
  // Gone before anybody listened.
  if (process.connected === false) interrupt(STARTER_GONE);
  if (process.channel !== undefined) {
    process.on('disconnect', () => interrupt(STARTER_GONE));
    // From our launcher, beside the terminal's own signal: that is no second wish to end.
    process.on('message', (message) => {
      if (message !== 'SIGHUP') abort('SIGINT');
      else if (hangUp === 'ends') abort('SIGHUP');
      else process.emit('SIGHUP', 'SIGHUP');
    });
    process.channel?.unref();
  }
  return controller.signal;
}

/** A terminal that was closed sends SIGHUP, too, and can then not be opened any more. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
