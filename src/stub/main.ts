/**
 * A simulated coordinator as a process: `node src/stub/main.ts --config FILE|- [--exit-with-stdin]`.
 *
 * With `-` the configuration is the first line of standard input. One JSON line on standard output tells when the
 * port opens. SIGTERM and SIGINT end it as they end Trino: connections are cut first, the process lingers a moment.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { EXIT, errorText, failure, RehearseError } from '../base/errors.ts';
import { textLines } from '../base/lines.ts';
import { parseYaml, readText, readYaml } from '../base/yaml.ts';
import { type StubConfig, stubConfigSchema } from './config.ts';
import { type StubServer, startStub } from './index.ts';

/** Time between the cut and the exit. */
const LINGER_MS = 200;

interface Arguments {
  readonly config: string;
  readonly exitWithStdin: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, 'exit-with-stdin': { type: 'boolean', default: false } },
    });
    if (values.config === undefined)
      throw new Error('--config FILE is needed, or --config - for standard input');
    return { config: values.config, exitWithStdin: values['exit-with-stdin'] };
  } catch (error) {
    throw failure('USAGE', { detail: errorText(error) }, error);
  }
}

/** Answers with the first line of standard input, and calls back at its end. */
function readStdin(onEnd: () => void): Promise<string> {
  return new Promise((resolve) => {
    const read = async () => {
      for await (const [line = ''] of textLines(process.stdin.setEncoding('utf8'))) resolve(line);
    };
    const end = () => {
      resolve('');
      onEnd();
    };
    void read().then(end, end);
  });
}

async function main(): Promise<void> {
  const { config: file, exitWithStdin } = readArguments(process.argv.slice(2));
  let server: StubServer | undefined;
  const stop = (): void => {
    if (server === undefined) process.exit(EXIT.ok);
    void server.close();
    setTimeout(() => process.exit(EXIT.ok), LINGER_MS);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const fromStdin = file === '-';
  const firstLine =
    fromStdin || exitWithStdin ? readStdin(exitWithStdin ? stop : () => undefined) : undefined;
  const text = fromStdin ? ((await firstLine) ?? '') : readText(file, 'Stub configuration');
  const config: StubConfig = readYaml(parseYaml(text, fromStdin ? 'standard input' : file), stubConfigSchema);
  // performance.now() counts from process start, so the phases do too.
  server = await startStub(config, { clock: systemClock, startedMs: 0 });
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: server.url, suffix: server.suffix })}\n`);
}

main().catch((error: unknown) => {
  const hint = error instanceof RehearseError && error.hint !== undefined ? `\n${error.hint}` : '';
  process.stderr.write(`${errorText(error)}${hint}\n`);
  process.exit(error instanceof RehearseError ? error.exit : EXIT.bug);
});
