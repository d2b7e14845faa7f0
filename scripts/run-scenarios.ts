// Runs the shipped scenarios of rolls and faults on simulated clusters, one after the other: `npm run scenarios [-- NAME …]`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { EXIT } from '../src/base/errors.ts';
import { projectRoot } from '../src/base/project.ts';

/** With what differs from the file: the endurance run is a tenth of itself. */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  'canary-upgrade': [],
  'active-active-rolling': [],
  'kill-coordinator': [],
  'same-query-five-times': [],
  'zone-loss': [],
  'premature-ready': [],
  'stale-counts': [],
  'gateway-node-kill': [],
  'store-outage': [],
  endurance: ['--set', 'timeline.0.repeat.times=5'],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => SCENARIOS[name] === undefined);
if (unknown.length > 0) {
  console.error(`no such scenario: ${unknown.join(', ')}; known: ${Object.keys(SCENARIOS).join(', ')}`);
  process.exit(EXIT.usage);
}
const names = asked.length > 0 ? asked : Object.keys(SCENARIOS);
const results = names.map((name) => {
  const startedMs = performance.now();
  const args = ['run', `scenarios/${name}.yaml`, '--quiet', ...(SCENARIOS[name] ?? [])];
  const { status } = spawnSync(process.execPath, [join(projectRoot, 'bin/rehearse.js'), ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { name, exit: status ?? EXIT.bug, seconds: Math.round((performance.now() - startedMs) / 1000) };
});
console.log('\nscenario                  exit  seconds');
for (const { name, exit, seconds } of results)
  console.log(`${name.padEnd(24)}  ${String(exit).padStart(4)}  ${String(seconds).padStart(7)}`);
// The first that did not pass decides: an invalid run may be tried elsewhere, a failed gate may not.
process.exitCode = results.find(({ exit }) => exit !== EXIT.ok)?.exit ?? EXIT.ok;
