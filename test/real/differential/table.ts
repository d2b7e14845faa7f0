/** The table of verdicts, for the terminal and for the documentation. */
import type { Verdict } from './compare.ts';
import { NOT_COMPARED } from './observe.ts';

export interface Result {
  readonly scene: string;
  readonly id: number;
  readonly name: string;
  readonly verdict: Verdict;
  /** The same in the mode that follows the Java gateway to the letter, where it was played. */
  readonly strict?: Verdict;
  /** Why a difference is known, where it is. */
  readonly known?: string;
}

/** What the numbered cases are about. */
const CASES: Readonly<Record<number, string>> = {
  1: 'paths that are proxied, and those that are not',
  2: 'whitelisted paths',
  3: 'configurations that stop the start',
  4: 'request headers at the coordinator',
  5: 'Via',
  6: 'X-Forwarded-* added or taken out',
  7: 'X-Forwarded-* that came with the request',
  8: 'redirects and errors of the coordinator',
  9: 'any bytes in bodies',
  10: 'large responses',
  11: 'large headers',
  12: 'the query id in a request',
  13: 'kill_query',
  14: 'polls after deactivate',
  15: 'polls while unhealthy',
  16: 'unknown query ids',
  17: 'polls at another or a restarted gateway',
  18: 'database down',
  19: 'queries older than the history',
  20: 'spooled segments',
  21: 'routing group by header, fallback group',
  22: 'no backend at all',
  23: 'random choice',
  24: 'choice by query count',
  25: 'order of rules',
  26: 'names and operators in rules',
  27: 'prepared and immediate statements in rules',
  28: 'reload of rules',
  29: 'rules that throw, broken and missing files',
  30: 'the header with rules',
  31: 'requests to the external router',
  32: 'answers of the external router',
  33: 'spelling of header names from the external router',
  34: 'a dead external router',
  35: 'REST API',
  36: 'defaults of the REST API',
  37: 'readyz',
  38: 'both on one database',
  39: 'monitors',
  40: 'PENDING after activate',
  41: 'a hanging backend',
  42: 'errors towards clients',
  43: 'OAuth2 cookies',
  44: 'tampered cookies',
  45: 'cookies of the other gateway',
};

const count = (results: readonly Result[], kind: Verdict['kind'], of: 'verdict' | 'strict' = 'verdict') =>
  results.filter((result) => result[of]?.kind === kind).length;

const betterReasons = (results: readonly Result[]): readonly string[] => [
  ...new Set(results.flatMap(({ verdict }) => (verdict.kind === 'better' ? [verdict.why] : []))),
];

export function forTerminal(results: readonly Result[]): string {
  const ids = [...new Set(results.map(({ id }) => id))].toSorted((a, b) => a - b);
  const lines = ids.map((id) => {
    const of = results.filter((result) => result.id === id);
    const counts = (['equal', 'better', 'different'] as const).map((kind) =>
      String(count(of, kind)).padStart(5),
    );
    const strict = of.some((result) => result.strict !== undefined)
      ? String(count(of, 'different', 'strict'))
      : '-';
    return `${String(id).padStart(3)} ${(CASES[id] ?? '').padEnd(52)}${counts.join(' ')}  ${strict.padStart(6)}`;
  });
  const head = `    ${'case'.padEnd(52)}equal better diff.  strict: diff.`;
  const different = results.filter(
    ({ verdict, strict }) => verdict.kind === 'different' || strict?.kind === 'different',
  );
  return [
    head,
    ...lines,
    '',
    ...betterReasons(results).map((why) => `better: ${why}`),
    '',
    ...different.flatMap(describe),
    `${count(results, 'equal')} equal, ${count(results, 'better')} better, ${count(results, 'different')} different; strict: ${count(results, 'different', 'strict')} different`,
  ].join('\n');
}

function describe({ scene, id, name, verdict, strict, known }: Result): readonly string[] {
  const told = (label: string, of: Verdict | undefined) =>
    of?.kind === 'different' ? of.differences.slice(0, 6).map((text) => `     ${label} ${text}`) : [];
  return [
    `${known === undefined ? 'DIFFERENT' : `known (${known})`} ${id} [${scene}] ${name}`,
    ...told('', verdict),
    ...told('strict:', strict),
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The generated part of docs/compatibility.md. */
export function forDocs(results: readonly Result[], version: string): string {
  const ids = [...new Set(results.map(({ id }) => id))].toSorted((a, b) => a - b);
  const rows = ids.map((id) => {
    const of = results.filter((result) => result.id === id);
    const numbers = (['equal', 'better', 'different'] as const).map((kind) => count(of, kind) || '');
    return `| ${id} | ${CASES[id] ?? ''} | ${numbers.join(' | ')} | ${cell(betterReasons(of).join('; '))} |`;
  });
  const different = results.filter(({ verdict }) => verdict.kind === 'different');
  return [
    `Compared with Java Trino Gateway ${version}: ${results.length} rows, ${count(results, 'equal')} equal, ${count(results, 'better')} better, ${count(results, 'different')} different.`,
    '',
    '| | case | equal | better | different | how better |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    ...(different.length === 0 ? [] : ['Rows that differ:', '']),
    ...different.map(
      ({ id, scene, name, known }) =>
        `- ${id}, ${scene}: ${cell(name)}${known === undefined ? '' : ` — ${known}`}`,
    ),
    ...(different.length === 0 ? [] : ['']),
    'Not compared anywhere:',
    '',
    ...NOT_COMPARED.map(([what, why]) => `- ${what}: ${why}`),
    '',
  ].join('\n');
}
