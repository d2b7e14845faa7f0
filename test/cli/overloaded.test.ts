// A generator that cannot keep up must not say anything about the gateway: invalid, exit 6, whatever the gates would say.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GateResult, Verdict } from '../../src/gates/verdict.ts';
import { smallScenario, start, temporaryFolder } from './harness.ts';

test('an overloaded generator makes the run invalid, exit 6, and no gate passes', async () => {
  const folder = temporaryFolder();
  // Four seconds of queries, all due within four milliseconds, through a single connection.
  const file = smallScenario(folder, {
    'load: { speed: 1,': 'load: { speed: 1000, connections: 1,',
    'judge: { lagP99: 10s, lagMax: 20s, connectionWait: 10s, eventLoop: 1, clockStep: 10s }\n': '',
    'timeline:\n  - at: 1s\n    roll: { group: bi, from: blue, to: green }\n': '',
  });
  const out = join(folder, 'reports');
  const { code, out: text, err } = await start(['run', file, '--out', out, '--quiet']).ended;
  expect(code, `${text}\n${err}`).toBe(6);
  const verdict = JSON.parse(readFileSync(join(out, 'latest', 'verdict.json'), 'utf8')) as Verdict;
  expect(verdict.result).toBe('invalid');
  expect(verdict.reason).toMatch(/the instrument was not fit: .*wait for a connection p99/);
  expect(new Set(verdict.gates.map((gate: GateResult) => gate.result))).toEqual(new Set(['invalid']));
  expect(text).toContain('allow it more connections');
  const junit = readFileSync(join(out, 'latest', 'junit.xml'), 'utf8');
  expect(junit).toMatch(/errors="[1-9]/);
});
