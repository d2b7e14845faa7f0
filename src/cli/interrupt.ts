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
  const wished = countWishes();
  const abort = (cause: string) => controller.abort(new Error('interrupted', { cause }));
  const interrupt = (cause: string, by: Messenger = 'signal') => {
    const wish = wished(by);
    // The minder takes down what a hasty end leaves behind.
    if (wish === 'again') process.exit(EXIT.interrupted);
    if (wish === 'first') abort(cause);
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
    process.on('message', (message) => {
      if (message !== 'SIGHUP' || hangUp === 'ends') interrupt(String(message), 'launcher');
      else process.emit('SIGHUP', 'SIGHUP');
    });
    process.channel?.unref();
  }
  return controller.signal;
}

/** Who brings a wish to end: a signal of our own, or our launcher, to which a terminal or a service manager sends the same ones. */
type Messenger = 'signal' | 'launcher';

/**
 * Counts wishes to end. One that comes by both ways, in either order and whatever lies between, is one: it is the messenger
 * with more of them that counts.
 */
export function countWishes(): (by: Messenger) => 'first' | 'known' | 'again' {
  const heard: Record<Messenger, number> = { signal: 0, launcher: 0 };
  return (by) => {
    const before = Math.max(heard.signal, heard.launcher);
    heard[by]++;
    if (heard[by] <= before) return 'known';
    return before === 0 ? 'first' : 'again';
  };
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
