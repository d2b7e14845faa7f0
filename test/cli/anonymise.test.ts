// Dumps of every format with a secret in every place that holds words: none is in what is written, printed, or said on the way.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { anonymiseCommand } from '../../src/cli/dump/anonymise.ts';
import { readDump } from '../../src/dump/read.ts';
import { AT_SQL, csv, ID, secretDumps } from '../dump/secret-dumps.ts';

const { readable, unreadable } = secretDumps(secret);
const KEY = 'a key of more letters than sixteen';
const OTHER_KEY = 'another key, as long as it has to be';

let folder: string;
let said: string[];
let secrets: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearse-anonymise-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  said = [];
  secrets = [];
  vi.stubEnv('REHEARSE_ANONYMISE_KEY', KEY);
  return () => vi.unstubAllEnvs();
});

const random = seededRandom(17, 'secrets');
const letters = (n: number) =>
  Array.from({ length: n }, () => String.fromCharCode(97 + random.below(26))).join('');

/** A new secret: a word that nothing else has. */
function secret(): string {
  const word = letters(11);
  secrets.push(word);
  return word;
}

/** Runs the command in this process; what it prints and says goes to `said`. */
async function anonymise(text: string, ext: string, flags: readonly string[] = []): Promise<string> {
  const file = join(folder, `dump.${ext}`);
  const out = join(folder, 'out.ndjson');
  writeFileSync(file, text);
  const context: CliContext = {
    ...{
      out: (line) => said.push(line),
      err: (line) => said.push(line),
      terminal: false,
      colour: false,
      exit: 0,
    },
    signal: new AbortController().signal,
  };
  await anonymiseCommand(context).parseAsync([file, '--out', out, '--force', ...flags], { from: 'user' });
  return readFileSync(out, 'utf8');
}

/** Parts of secrets that stand in a text, as they are, in capitals, or in hexadecimal digits. */
function leaks(text: string): string[] {
  const lower = text.toLowerCase();
  return secrets.filter((secret) =>
    [secret.slice(0, 6), secret.slice(5), Buffer.from(secret.slice(1, 9)).toString('hex')].some((part) =>
      lower.includes(part),
    ),
  );
}

describe('a secret in every place', () => {
  test.each(readable)('$format', async ({ ext, text, flags = [] }) => {
    const planted = text();
    const written = await anonymise(planted, ext, flags);
    const { records } = await readDump([join(folder, 'out.ndjson')]);
    expect(records.length).toBeGreaterThan(0);
    expect(leaks(planted).length).toBe(secrets.length);
    expect(leaks(written), written).toEqual([]);
    await anonymise(planted, ext, [...flags, '--json']);
    expect(JSON.parse(said.at(-1) ?? '')).toMatchObject({ badRows: 0, leftOut: 0 });
    expect(leaks(said.join('\n')), said.join('\n')).toEqual([]);
    expect(written + said.join('\n')).not.toMatch(/sixteen|c2l4dGVlbg/);
  });

  test.each(unreadable)('a dump that cannot be used: $format', async ({ ext, text }) => {
    const error = await anonymise(text(), ext).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DUMP_HIDDEN', message: expect.stringContaining('not shown here') });
    expect(leaks(JSON.stringify(error) + String(error) + said.join('\n'))).toEqual([]);
  });

  test('a dump of which only a part is used, as asked', async () => {
    const whole = readable[0]?.text() ?? '';
    const written = await anonymise(`${whole}\n{"v": 1, "sql": ${secret()}`, 'ndjson', ['--partial']);
    expect(written.trim().split('\n')).toHaveLength(1);
    expect(said.join('\n')).toContain('only a part was read, as asked: a file breaks off; dump inspect');
    expect(leaks(written + said.join('\n'))).toEqual([]);
  });

  test('rows and statements that are none are counted', async () => {
    const good = { query_id: ID, query: 'SELECT 1', user: secret(), created: AT_SQL, state: secret() };
    const rows = [
      good,
      { ...good, query_id: secret(), query: `SELEC ${secret()}` },
      { ...good, query_id: secret(), created: secret() },
    ];
    const written = await anonymise(csv(rows), 'csv');
    await anonymise(csv(rows), 'csv', ['--json']);
    expect(written.trim().split('\n')).toHaveLength(1);
    expect(said[0]).toMatch(
      /left out 1 bad row.*\n.*left out 1 query \(not understood; the first at .*dump\.csv:3\)/,
    );
    expect(JSON.parse(said[1] ?? '')).toMatchObject({ badRows: 1, leftOut: 1 });
    expect(leaks(written + said.join('\n'))).toEqual([]);
  });
});

describe('the key', () => {
  const dump = () => readable[0]?.text() ?? '';

  test('the same gives the same, another another, none a new one each time', async () => {
    const text = dump();
    const first = await anonymise(text, 'ndjson');
    expect(await anonymise(text, 'ndjson')).toBe(first);
    const made = [first];
    for (const key of [OTHER_KEY, undefined, undefined]) {
      vi.stubEnv('REHEARSE_ANONYMISE_KEY', key);
      made.push(await anonymise(text, 'ndjson'));
    }
    expect(new Set(made).size).toBe(4);
  });

  test.each(['', 'short', 'fifteen letters'])('%j is refused and not shown', async (key) => {
    vi.stubEnv('REHEARSE_ANONYMISE_KEY', key);
    const error = await anonymise(dump(), 'ndjson').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`has ${key.length} characters`),
    });
    if (key !== '') expect(String(error)).not.toContain(key);
  });
});

test('line breaks, quotes and formulas in values break no line', async () => {
  const hostile = [
    '\n',
    '\r\n',
    '\u2028',
    '\u0085',
    '"',
    "''",
    '\\',
    '\0',
    '=cmd|x!A1',
    '+1',
    '@sum(1)',
    '\t-1',
    '\u202e',
    '"}\n{"v":1',
  ];
  const lines = hostile.map((sign, i) =>
    JSON.stringify({
      ...{
        v: 1,
        submittedAt: `2026-03-02T08:15:00.${100 + i}Z`,
        sql: `SELECT '${sign}', "a${sign.replaceAll('"', '')}b" /* ${sign} */`,
      },
      ...{
        user: `${sign}a`,
        source: `${sign}b`,
        clientTags: [`${sign}c`],
        catalog: `${sign}d`,
        session: { [`${sign}e`]: `${sign}f` },
      },
      ...{ prepared: { [`${sign}g`]: `SELECT '${sign}'` }, where: { group: `${sign}h` } },
    }),
  );
  const written = await anonymise(lines.join('\n'), 'ndjson');
  expect(written.split(/\r\n|[\n\r\u0085\u2028\u2029]/)).toHaveLength(hostile.length + 1);
  const { records } = await readDump([join(folder, 'out.ndjson')]);
  expect(records).toHaveLength(hostile.length);
  for (const { user, source, clientTags, catalog, session, routedTo } of records) {
    const labels = [user, source, ...clientTags, catalog, ...Object.keys(session), routedTo?.group];
    for (const label of labels) expect(label).toMatch(/^[a-z]\w+$/);
  }
});
