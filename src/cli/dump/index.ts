/** `rehearse dump …`: work on dumps. */
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { anonymiseCommand } from './anonymise.ts';
import { convertCommand } from './convert.ts';
import { inspectCommand } from './inspect.ts';
import { pullCommand } from './pull.ts';
import { sampleCommand } from './sample.ts';

const COMMANDS = [inspectCommand, sampleCommand, convertCommand, anonymiseCommand, pullCommand];

export function dumpCommand(context: CliContext): Command {
  const command = new Command('dump').description('work on dumps');
  for (const sub of COMMANDS) command.addCommand(sub(context));
  return command;
}
