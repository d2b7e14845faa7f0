/** `rehearse stub`: one simulated coordinator alone. */
import { Command } from 'commander';
import { failure } from '../base/errors.ts';
import { parseYaml, readText, readYaml } from '../base/yaml.ts';
import { stubConfigSchema } from '../stub/config.ts';
import { startStub } from '../stub/index.ts';
import type { CliContext } from './context.ts';
import { untilAborted } from './gateway/gateway.ts';

export function stubCommand(context: CliContext): Command {
  return new Command('stub')
    .description('run one simulated Trino coordinator: it speaks the protocol and runs no SQL')
    .option('--config <file>', 'its configuration (YAML or JSON); without it, defaults')
    .option('--port <number>', 'port, 0 for a free one')
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse stub --port 8080\n  rehearse stub --config slow-start.yaml',
    )
    .action(async (flags: { config?: string; port?: string }) => {
      const source =
        flags.config === undefined
          ? parseYaml('', '(defaults)')
          : parseYaml(readText(flags.config, 'Stub configuration'), flags.config);
      const config = readYaml(source, stubConfigSchema);
      const port = flags.port === undefined ? config.port : portOf(flags.port);
      const stub = await startStub({ ...config, port });
      context.err(`simulated coordinator on ${stub.url}, query ids end in _${stub.suffix} (Ctrl-C ends it)`);
      await untilAborted(context.signal);
      await stub.close();
    });
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw failure('USAGE', { detail: `--port expects a number from 0 to 65535, got "${text}"` });
}
