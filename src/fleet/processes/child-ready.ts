/** Waiting for a child to say that it is ready, and telling why when it does not. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { EXIT, errorText, failure, type RehearseError } from '../../base/errors.ts';
import { formatMs } from '../../base/units.ts';
import type { LaunchOptions, ReadyOptions } from './child.ts';
import { signalGroup } from './process-mark.ts';

const TAIL_LINES = 5;
const KEPT_STDERR_CHARS = 8_192;

/** How the wait for the ready line ended. */
type Outcome<T> =
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'ended' }
  | { readonly kind: 'late' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unspawned'; readonly error: Error };

/** Resolves with the ready line's value, or with undefined once the process runs when no line is awaited. */
export async function untilReady<T>(
  spawned: ChildProcess,
  options: LaunchOptions | ReadyOptions<T>,
): Promise<T | undefined> {
  if (!('readyLine' in options)) {
    await once(spawned, 'spawn').catch((error) => {
      throw startFailure(options, errorText(error), error);
    });
    return undefined;
  }
  const output = collect(spawned, options.logFile);
  const outcome = await firstOutcome(spawned, options);
  if (outcome.kind === 'ready') {
    output.forget();
    return outcome.value;
  }
  if (outcome.kind === 'unspawned') throw startFailure(options, errorText(outcome.error), outcome.error);
  if (spawned.pid !== undefined) signalGroup(spawned.pid, 'SIGKILL');
  await output.closed;
  if (outcome.kind === 'aborted') throw options.signal?.reason;
  throw outcome.kind === 'late'
    ? lateFailure(options, output.kept())
    : endedFailure(options, spawned, output.kept());
}

function startFailure(options: LaunchOptions, reason: string, cause?: unknown): RehearseError {
  return failure('CHILD_FAILED', { what: options.name, reason, log: options.logFile }, cause);
}

function lateFailure<T>(options: ReadyOptions<T>, kept: Kept): RehearseError {
  return startFailure(
    options,
    `it was not ready after ${formatMs(options.readyTimeoutMs)}${quoted(kept.lines)}`,
  );
}

function endedFailure(options: LaunchOptions, spawned: ChildProcess, kept: Kept): RehearseError {
  const { exitCode, signalCode } = spawned;
  // Our own commands say with these numbers, and on standard error, that the cause is the user's to mend.
  if (kept.stderr !== '' && exitCode === EXIT.usage)
    return failure('CHILD_USAGE', { what: options.name, detail: kept.stderr });
  if (kept.stderr !== '' && exitCode === EXIT.environment)
    return failure('CHILD_ENVIRONMENT', { what: options.name, detail: kept.stderr });
  const how = signalCode === null ? `with exit number ${exitCode}` : `by ${signalCode}`;
  return startFailure(options, `it ended ${how}${quoted(kept.lines)}`);
}

function quoted(lines: readonly string[]): string {
  return lines.length === 0 ? ', saying nothing' : `, saying last:\n${lines.map((l) => `  ${l}`).join('\n')}`;
}

interface Kept {
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Writes both streams to the log for as long as the child lives, and keeps the newest text until told not to. */
function collect(spawned: ChildProcess, logFile: string) {
  const log = createWriteStream(logFile, { flags: 'a' });
  const streams = [spawned.stdout, spawned.stderr].filter((stream) => stream !== null);
  // A full disk must not stall the child at its next write.
  log.on('error', () => {
    for (const stream of streams) stream.resume();
  });
  const closed = once(spawned, 'close').then(
    () => log.end(),
    () => log.end(),
  );
  let lines: string[] = [];
  let stderr = '';
  const detach = streams.map((stream) => {
    stream.pipe(log, { end: false });
    return onLines(stream, (line) => {
      if (line.trim() !== '') lines = [...lines, line].slice(-TAIL_LINES);
      // Lines of a JSON log are for the log file; a message to people is plain.
      if (stream === spawned.stderr && !line.startsWith('{'))
        stderr = `${stderr}${line}\n`.slice(-KEPT_STDERR_CHARS);
    });
  });
  return {
    closed,
    kept: (): Kept => ({ lines, stderr: stderr.trim() }),
    forget: () => {
      for (const off of detach) off();
    },
  };
}

/** Calls back for each line, the last one also without its newline; answers a function that ends it. */
function onLines(stream: Readable, take: (line: string) => void): () => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const onData = (chunk: Buffer) => {
    const parts = (rest + decoder.write(chunk)).split(/\r?\n/);
    rest = parts.pop() ?? '';
    for (const line of parts) take(line);
  };
  const onEnd = () => {
    if (rest !== '') take(rest);
  };
  stream.on('data', onData).once('end', onEnd);
  return () => {
    stream.off('data', onData).off('end', onEnd);
  };
}

function firstOutcome<T>(spawned: ChildProcess, options: ReadyOptions<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<T>) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      offLines();
      resolve(outcome);
    };
    const onAbort = () => settle({ kind: 'aborted' });
    const timer = setTimeout(() => settle({ kind: 'late' }), options.readyTimeoutMs);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const offLines = onLines(spawned.stdout as Readable, (line) => {
      const value = options.readyLine(line);
      if (value !== undefined) settle({ kind: 'ready', value });
    });
    spawned.once('error', (error) => settle({ kind: 'unspawned', error }));
    spawned.once('exit', () => settle({ kind: 'ended' }));
  });
}
