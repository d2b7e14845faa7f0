import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeReports } from '../../src/report/index.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { renderJunit } from '../../src/report/junit.ts';
import { md, renderMarkdown } from '../../src/report/markdown.ts';
import { renderText } from '../../src/report/text.ts';
import { empty, failing, hostile, invalid, passing } from './fixture.ts';
import { readMarkup } from './markup.ts';

const runs: Readonly<Record<string, ReportInput>> = { passing, failing, invalid, empty };
const text = (input: ReportInput, colour = false, columns?: number) =>
  renderText({ ...input, dir: 'reports/latest', colour, columns });

// Golden files, as text so that no formatter touches them; `vitest run -u` writes them anew after a meant change.
describe.each(Object.entries(runs))('the %s run', (name, input) => {
  it('reads so in a terminal', async () => {
    await expect(`${text(input)}\n`).toMatchFileSnapshot(`golden/${name}-terminal.txt`);
  });

  it('reads so in a step summary', async () => {
    await expect(renderMarkdown(input)).toMatchFileSnapshot(`golden/${name}-markdown.txt`);
  });

  it('reads so for a CI server', async () => {
    await expect(renderJunit(input)).toMatchFileSnapshot(`golden/${name}-junit.txt`);
  });
});

describe('a run of the official client', () => {
  const { info, summary } = passing;
  const levels = summary.overhead?.levels.map((l) => (l.level === 'poll' ? { ...l, difference: null } : l));
  const overhead = summary.overhead && { ...summary.overhead, levels: levels ?? [] };
  const input: ReportInput = {
    ...passing,
    info: { ...info, versions: { ...info.versions, 'trino-client': '0.2.9' } },
    summary: { ...summary, overhead },
  };

  it('says whose client it was, and of single polls nothing', () => {
    const said = /official JavaScript client \(trino-client 0\.2\.9\)/;
    for (const render of [renderMarkdown, text]) {
      expect(render(input)).toMatch(said);
      expect(render(passing)).not.toMatch(said);
    }
    expect(renderMarkdown(input)).toMatch(/^\| Poll \| – \| – \| – \| – \|/m);
  });
});

describe('terminal text', () => {
  it('has colours only when asked, and says the same with them', () => {
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    expect(text(failing)).not.toMatch(escapes);
    expect(text(failing, true)).toMatch(escapes);
    expect(text(failing, true).replace(escapes, '')).toBe(text(failing));
  });

  it('cuts no reason: a log has it behind its row, a narrow terminal folded below', () => {
    const reason = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ');
    const [first, ...others] = passing.verdict.gates;
    if (first === undefined) throw new Error('no gate');
    const [action, ...rest] = passing.summary.actions;
    if (action === undefined) throw new Error('no action');
    const input = {
      ...passing,
      summary: { ...passing.summary, actions: [{ ...action, doubt: reason }, ...rest] },
      verdict: { ...passing.verdict, gates: [{ ...first, reason }, ...others] },
    };
    const lines = text(input).split('\n');
    expect(lines.filter((line) => line.endsWith(`  ${reason}`))).toHaveLength(2);
    const narrow = text(input, false, 100);
    const folded = narrow.split('\n').filter((line) => /^ {6}\S/.test(line));
    expect(folded.map((line) => line.trim()).join(' ')).toContain(
      `${reason} ${reason}`.slice(0, reason.length),
    );
    expect(Math.max(...folded.map((line) => line.length))).toBeLessThan(100);
    expect(narrow.match(/word59/g)).toHaveLength(2);
  });

  it('tells each share of a canary under its roll', () => {
    const [action, ...rest] = passing.summary.actions;
    if (action === undefined) throw new Error('no action');
    const steps = [
      { type: 'cluster-up' as const, text: 'bi-green is up', atMs: 1000, tookMs: 0 },
      { type: 'roll-share' as const, text: 'bi-green has held 5 %: 0 of 43 failed', atMs: 62_000, tookMs: 0 },
    ];
    const lines = text({
      ...passing,
      summary: { ...passing.summary, actions: [{ ...action, steps }, ...rest] },
    }).split('\n');
    const row = lines.findIndex((line) => line.startsWith(`  1 ${action.title}`));
    expect(lines[row + 1]).toBe('      1:02.0  bi-green has held 5 %: 0 of 43 failed');
    expect(lines[row + 2]).toMatch(/^ {2}2 /);
  });

  it('lets no escape sequence of a dump through, and no line break', () => {
    expect(text(hostile)).not.toMatch(new RegExp(String.fromCharCode(27)));
    const broken = { ...passing, info: { ...passing.info, name: 'a\nReport: elsewhere' } };
    expect(text(broken).split('\n')[0]).toBe('PASSED  a Report: elsewhere');
  });

  it('names avoidable drops first, whenever they happened', () => {
    const drops = passing.summary.drops.map((d, i) =>
      i === 7 ? { ...d, blame: 'avoidable' as const, queryId: 'late' } : d,
    );
    const lines = text({ ...passing, summary: { ...passing.summary, drops } }).split('\n');
    const heading = lines.indexOf('Drops');
    expect(lines[heading + 2]).toContain('late');
  });

  it('says among its first lines what was lost, also when the run is invalid', () => {
    const [drop] = passing.summary.drops;
    if (drop === undefined) throw new Error('no drop');
    const lost = (n: number, input = invalid) => {
      const drops = Array.from({ length: n }, () => ({
        ...drop,
        arm: 'gateway' as const,
        blame: 'avoidable' as const,
      }));
      return { ...input, summary: { ...input.summary, drops } };
    };
    expect(text(lost(81)).split('\n')[1]).toBe('81 avoidable losses were seen, although the run is invalid');
    expect(text(lost(1)).split('\n')[1]).toBe('1 avoidable loss was seen, although the run is invalid');
    expect(renderMarkdown(lost(81))).toContain(
      '\n\n81 avoidable losses were seen, although the run is invalid\n',
    );
    expect(text(lost(0))).not.toContain('although');
    expect(text(lost(81, failing))).not.toContain('although');
  });

  it('leaves out what the baseline arm lost', () => {
    expect(text(failing)).not.toContain('direct');
    expect(renderMarkdown(failing)).not.toContain('<code>direct');
  });

  it.each([
    [1, 0, '1 query of the warm-up is in no latency'],
    [99_999, 0, 'no others: a load as short as this is timed with load.warmUp at 0s'],
    [1, 2, '1 query of the warm-up and 2 queries of the cool-down are in no latency'],
  ])('counts %d and %d queries outside the measured time', (warmUp, coolDown, words) => {
    const summary = { ...passing.summary, outside: { warmUp, coolDown } };
    expect(text({ ...passing, summary })).toContain(words);
  });

  it('ends with the place of the report', () => {
    expect(text(passing).split('\n').at(-1)).toBe('Report: reports/latest/index.html');
  });
});

describe('JUnit', () => {
  const cases = (input: ReportInput) => {
    const elements = readMarkup(renderJunit(input));
    return elements
      .filter((e) => e.name === 'testcase')
      .map((e) => [e.attributes.get('name'), elements.find((child) => child.parent === e)?.name ?? 'passed']);
  };

  it('maps fail to failure, inconclusive to skipped, invalid to error', () => {
    expect(cases(failing)).toEqual([
      ['drops.avoidable == 0', 'failure'],
      ['overhead.submit.p50 < 3ms', 'passed'],
      ['overhead.total.p50 < 5ms', 'skipped'],
      ['routing.correct >= 100%', 'passed'],
      ['stickiness.broken == 0', 'passed'],
    ]);
    expect(cases(invalid)[0]?.[1]).toBe('error');
  });

  it('never looks like success when the run was none, though no gate says so', () => {
    expect(cases(empty)).toEqual([['verdict', 'skipped']]);
    const unfit = { ...passing, verdict: { ...passing.verdict, result: 'invalid' as const, reason: 'late' } };
    expect(cases(unfit).at(-1)).toEqual(['verdict', 'error']);
  });

  it('counts what it holds', () => {
    const suite = readMarkup(renderJunit(failing)).find((e) => e.name === 'testsuite');
    const numbers = ['tests', 'failures', 'errors', 'skipped'].map((name) => suite?.attributes.get(name));
    expect(numbers).toEqual(['5', '1', '0', '1']);
  });

  it('is well-formed whatever the texts hold', () => {
    expect(() => readMarkup(renderJunit(hostile))).not.toThrow();
  });
});

describe('Markdown', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['<img src=x>', '&lt;img src=x&gt;'],
    ['[a](javascript:b)', '\\[a\\]\\(javascript:b\\)'],
    ['`code` *bold* ~gone~', '\\`code\\` \\*bold\\* \\~gone\\~'],
    ['@team & #12', '&#64;\u200bteam &amp; \\#12'],
    [
      'see http://evil.example/a and www.evil.example',
      'see http&#58;//evil.example/a and www.\u200bevil.example',
    ],
    ['two\nlines', 'two lines'],
  ])('shows %j as it is', (raw, escaped) => {
    expect(md(raw)).toBe(escaped);
  });

  it('names the way of the baseline arm only where there is one', () => {
    const none = { ...passing.summary.baselineTotal, planned: 0 };
    const without = { ...passing, summary: { ...passing.summary, baselineTotal: none } };
    expect(renderMarkdown(passing)).toMatch(/^- Baseline: /m);
    expect(renderMarkdown(without)).not.toMatch(/^- Baseline: /m);
  });

  it('keeps hostile text out of its own markup', () => {
    const source = renderMarkdown(hostile);
    expect(source).not.toMatch(/<(script|img)/);
    expect(source).not.toMatch(/[^\\]\[a\]\(javascript/);
  });
});

describe('writing the reports', () => {
  it('writes every form, and data that reads back equal', () => {
    const dir = mkdtempSync(join(tmpdir(), 'rehearse-report-'));
    try {
      writeReports(dir, passing);
      expect(readdirSync(dir).sort()).toEqual([
        'benchmark.json',
        'index.html',
        'junit.xml',
        'summary.json',
        'summary.md',
        'verdict.json',
      ]);
      const read = (file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8'));
      expect(read('summary.json')).toEqual(passing.summary);
      expect(read('verdict.json')).toEqual(passing.verdict);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

it('the noise arm stands in every sum, where there is one', () => {
  const noiseTotal = passing.summary.baselineTotal;
  const input = { ...passing, summary: { ...passing.summary, noiseTotal } };
  expect(renderText({ ...input, dir: 'r', colour: false })).toMatch(/\n {2}noise arm: 951 planned = /);
  expect(renderMarkdown(input)).toMatch(/\nNoise arm: 951 planned = /);
  expect(renderMarkdown(passing)).not.toMatch(/Noise arm: /);
});
