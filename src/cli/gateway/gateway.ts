/** `rehearse gateway`: the bundled gateway alone. */
import { Command } from 'commander';
import { startGatewayFrom } from '../../../gateway/from-file.ts';
import type { CliContext } from '../context.ts';
import { gatewayCheckCommand } from './check.ts';

const DEFAULT_CONFIG = 'config.yaml';

export function gatewayCommand(context: CliContext): Command {
  return new Command('gateway')
    .description('run the bundled Trino gateway alone')
    .enablePositionalOptions()
    .option('--config <file>', 'configuration file', DEFAULT_CONFIG)
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse gateway --config gateway.yaml\n  rehearse gateway check --config gateway.yaml',
    )
    .addCommand(gatewayCheckCommand(context, DEFAULT_CONFIG))
    .action(async (flags: { config: string }) => {
      const gateway = await startGatewayFrom(flags.config, { signal: context.signal });
      context.err(`gateway listening on ${gateway.url} (Ctrl-C ends it)`);
      await untilAborted(context.signal);
      await gateway.close();
      await new Promise<void>((resolve) => gateway.flushLog(resolve));
    });
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
