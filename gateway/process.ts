/**
 * The gateway as a process of its own, behind `main.ts`: `node gateway/main.ts --config FILE [--exit-with-stdin]`.
 *
 * Writes one JSON line to stdout once it listens, its log to stderr. With --exit-with-stdin it ends when its stdin is
 * closed, so that it never outlives the program that started it. SIGTERM and SIGINT end it cleanly.
 */

import { parseArgs } from 'node:util';
import { EXIT, errorText, failure, RehearseError } from '../src/base/errors.ts';
import { startGatewayFrom } from './from-file.ts';

function readArguments(): { config: string; exitWithStdin: boolean } {
  try {
    const { values } = parseArgs({
      options: { config: { type: 'string' }, 'exit-with-stdin': { type: 'boolean', default: false } },
    });
    if (values.config === undefined) throw failure('USAGE', { detail: '--config FILE is missing' });
    return { config: values.config, exitWithStdin: values['exit-with-stdin'] };
  } catch (error) {
    throw error instanceof RehearseError ? error : failure('USAGE', { detail: errorText(error) }, error);
  }
}

async function main(): Promise<void> {
  const { config: file, exitWithStdin } = readArguments();
  const gateway = await startGatewayFrom(file);
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: gateway.url })}\n`);

  const end = async (why: string) => {
    await gateway.close(why);
    gateway.flushLog(() => process.exit(EXIT.ok));
  };
  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  if (exitWithStdin) {
    process.stdin.on('end', () => end('stdin was closed')).on('error', () => end('stdin failed'));
    process.stdin.resume();
  }
}

main().catch((error: unknown) => {
  const known = error instanceof RehearseError;
  const text = known
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  const hint = known && error.hint !== undefined ? `\n${error.hint}` : '';
  process.stderr.write(`${text}${hint}\n`, () => process.exit(known ? error.exit : EXIT.bug));
});
