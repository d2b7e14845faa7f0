/** `rehearse gateway`: the bundled gateway alone. */
import { Command } from 'commander';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { checkRules, loadGatewayConfig, maskedConfig, startGateway } from '../../gateway/index.ts';
import type { CliContext } from './context.ts';

const DEFAULT_CONFIG = 'config.yaml';

export function gatewayCommand(context: CliContext): Command {
  const check = new Command('check')
    .description('check a configuration and its rules, and print what would run, secrets masked')
    .option('--config <file>', 'configuration file', DEFAULT_CONFIG)
    .action((flags: { config: string }) => {
      const config = loadGatewayConfig(flags.config);
      const rules = checkRules(config);
      context.out(stringify(maskedConfig(config)).trimEnd());
      context.out(
        rules.length === 0 ? '# no routing rules' : `# routing rules, in order: ${rules.join(', ')}`,
      );
    });
  return new Command('gateway')
    .description('run the bundled Trino gateway alone')
    .enablePositionalOptions()
    .option('--config <file>', 'configuration file', DEFAULT_CONFIG)
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse gateway --config gateway.yaml\n  rehearse gateway check --config gateway.yaml',
    )
    .addCommand(check)
    .action(async (flags: { config: string }) => {
      const gateway = await startGateway(loadGatewayConfig(flags.config), {
        log: pino({ base: null }, pino.destination(2)),
        signal: context.signal,
      });
      context.err(`gateway listening on ${gateway.url} (Ctrl-C ends it)`);
      await untilAborted(context.signal);
      await gateway.close();
    });
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
