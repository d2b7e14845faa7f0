/** `rehearse dump …`: work on dumps. */
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { anonymiseCommand } from './anonymise.ts';
import { convertCommand } from './convert.ts';
import { inspectCommand } from './inspect.ts';
import { pullCommand } from './pull.ts';
import { sampleCommand } from './sample.ts';

const COMMANDS = [inspectCommand, sampleCommand, convertCommand, anonymiseCommand, pullCommand];

const EXAMPLES = `
Examples:
  rehearse dump inspect dumps/production-day.csv.gz
  rehearse dump sample month.csv.zst --queries 20000 --out dumps/private/month-20k.ndjson.zst
  rehearse dump pull --from trino://ana@blue:8080 --from trino://ana@green:8080 --out today.ndjson.zst`;

export function dumpCommand(context: CliContext): Command {
  const command = new Command('dump').description('work on dumps').addHelpText('after', EXAMPLES);
  for (const sub of COMMANDS) command.addCommand(sub(context));
  return command;
}
