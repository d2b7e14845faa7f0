/** The verdict as JUnit XML, the form every CI server shows: one test case a gate. */
import type { GateResult, GateResultKind } from '../gates/verdict.ts';
import { interval, inUnit } from './format.ts';
import type { ReportInput } from './input.ts';
import { oneLine } from './plain.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for an XML attribute; characters that XML cannot hold are replaced. */
function xml(text: string): string {
  return oneLine(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

interface Case {
  readonly name: string;
  readonly result: GateResultKind;
  readonly message: string;
}

/** Viewers drop properties and output, so the figures stand in the message. */
function gateCase(gate: GateResult): Case {
  const range = gate.low === null ? '' : `, 95 % ${interval(gate.low, gate.high, gate.unit)}`;
  const observed = `observed ${inUnit(gate.observed, gate.unit)}${range}, limit ${inUnit(gate.limit, gate.unit)}, n ${gate.n}`;
  return { name: gate.expression, result: gate.result, message: `${gate.reason} (${observed})` };
}

/** A verdict that no gate carries (interrupted, or unfit without gates) must not look like success. */
function cases({ verdict }: ReportInput): Case[] {
  const all = verdict.gates.map(gateCase);
  const carried = verdict.result === 'pass' || all.some((one) => one.result === verdict.result);
  return carried ? all : [...all, { name: 'verdict', result: verdict.result, message: verdict.reason }];
}

function caseXml({ name, result, message }: Case, className: string): string {
  const open = `    <testcase classname="${className}" name="${xml(name)}" time="0"`;
  switch (result) {
    case 'pass':
      return `${open}/>`;
    case 'fail':
      return `${open}>\n      <failure type="gate" message="${xml(message)}"/>\n    </testcase>`;
    case 'inconclusive':
      return `${open}>\n      <skipped message="${xml(`inconclusive: ${message}`)}"/>\n    </testcase>`;
    case 'invalid':
      return `${open}>\n      <error type="invalid" message="${xml(message)}"/>\n    </testcase>`;
  }
}

/** A whole JUnit file: fail is a failure, inconclusive is skipped with a message, invalid is an error. */
export function renderJunit(input: ReportInput): string {
  const { info, summary } = input;
  const all = cases(input);
  const count = (result: GateResultKind) => all.filter((one) => one.result === result).length;
  const numbers = `tests="${all.length}" failures="${count('fail')}" errors="${count('invalid')}" skipped="${count('inconclusive')}" time="${(summary.durationMs / 1000).toFixed(3)}"`;
  const name = xml(info.name);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rehearse" ${numbers}>
  <testsuite name="${name}" timestamp="${xml(info.startedAt)}" ${numbers}>
${all.map((one) => caseXml(one, `rehearse.${name}`)).join('\n')}
  </testsuite>
</testsuites>
`;
}
