/**
 * The minder process: outlives the run that started it by moments, and takes the run's processes with it.
 * Arguments: folders, besides the system's temporary one, below which it may remove folders.
 */
import { tmpdir } from 'node:os';
import { textLines } from '../../base/lines.ts';
import { applyLine, clearAway, emptyTable } from './minder-table.ts';

// A terminal's Ctrl-C or hang-up is for the run; the minder ends when the run has ended, not before.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.title = 'rehearse-minder';
const table = emptyTable();
process.stdout.write('ready\n');
try {
  for await (const lines of textLines(process.stdin.setEncoding('utf8')))
    for (const line of lines) applyLine(table, line);
} catch {
  // The run is gone, in whatever way the pipe to it broke.
}
await clearAway(table, [tmpdir(), ...process.argv.slice(2)]);
process.exit(0);
