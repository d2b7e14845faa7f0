import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatCount } from '../../src/base/units.ts';
import { moment } from '../../src/report/format.ts';
import { renderReport } from '../../src/report/html/page.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { ATTACK, empty, failing, hostile, invalid, passing } from './fixture.ts';
import { type Element, readMarkup } from './markup.ts';

const runs: Readonly<Record<string, ReportInput>> = { passing, failing, invalid, empty, hostile };
const pages = Object.entries(runs).map(([name, input]) => [name, renderReport(input)] as const);

const SECTIONS = [
  'gates',
  'actions',
  'outcomes',
  'timeline',
  'overhead',
  'latency',
  'routing',
  'stickiness',
  'ledger',
  'distribution',
  'statements',
  'drops',
  'health',
  'losses',
  'configuration',
  'terms',
];

function page(input: ReportInput): { elements: Element[]; text: string } {
  const elements = readMarkup(renderReport(input));
  const shown = elements.filter((e) => e.name !== 'script' && e.name !== 'style');
  return { elements, text: shown.map((e) => e.text).join(' ') };
}

describe.each(pages)('the page of the %s run', (_, source) => {
  const elements = readMarkup(source);

  it('is well-formed, in English, with unique ids and one heading of the first level', () => {
    const ids = elements.flatMap((e) => e.attributes.get('id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(elements.find((e) => e.name === 'html')?.attributes.get('lang')).toBe('en');
    expect(elements.filter((e) => e.name === 'h1')).toHaveLength(1);
  });

  it('has every section in order, each reachable from the navigation', () => {
    const sections = elements.filter((e) => e.name === 'section').map((e) => e.attributes.get('id'));
    const links = elements
      .filter((e) => e.attributes.get('href')?.startsWith('#') && e.parent?.name !== 'p')
      .map((e) => e.attributes.get('href'));
    expect(sections).toEqual(SECTIONS);
    expect(links).toEqual(['#main', ...SECTIONS.map((id) => `#${id}`)]);
  });

  it('refers to nothing outside itself', () => {
    for (const { name, attributes } of elements) {
      expect(attributes.has('src'), name).toBe(false);
      expect(attributes.get('href') ?? '#', name).toMatch(/^(#|data:image\/svg\+xml;base64,)/);
    }
    const style = elements.find((e) => e.name === 'style')?.text ?? '';
    expect(style).not.toMatch(/url\(|@import/);
    expect(source).not.toContain('sourceMappingURL');
  });

  it('admits exactly the scripts and the style it carries', () => {
    const policy = elements.find((e) => e.attributes.get('http-equiv'))?.attributes.get('content') ?? '';
    const inline = elements.filter(
      (e) => e.name === 'style' || (e.name === 'script' && !e.attributes.get('type')?.includes('json')),
    );
    const digests = inline.map((e) => `'sha256-${createHash('sha256').update(e.text).digest('base64')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy.match(/'sha256-[^']*'/g)?.sort()).toEqual(digests.sort());
    expect(policy).not.toContain('unsafe');
  });

  it('has no handler and no style attribute, which the policy would block', () => {
    const names = elements.flatMap((e) => [...e.attributes.keys()]);
    expect(names.filter((name) => name.startsWith('on') || name === 'style')).toEqual([]);
  });

  it('names every chart for those who do not see it, and holds its data as a table', () => {
    for (const canvas of elements.filter((e) => e.name === 'canvas')) {
      expect(canvas.attributes.get('role')).toBe('img');
      expect(canvas.attributes.get('aria-label')).toMatch(/\w/);
      const figure = canvas.parent?.parent;
      const tables = elements.filter((e) => e.name === 'table' && ancestors(e).includes(figure ?? e));
      expect(tables.length).toBeGreaterThan(0);
    }
  });
});

function ancestors(element: Element): Element[] {
  return element.parent === null ? [] : [element.parent, ...ancestors(element.parent)];
}

describe('what the page says', () => {
  it('an invalid run says in its head how much was lost all the same', () => {
    const verdict = { ...failing.verdict, result: 'invalid' as const };
    const lost = failing.summary.drops.filter((d) => d.arm === 'gateway' && d.blame === 'avoidable').length;
    const says = new RegExp(`^${lost} avoidable loss.* seen, although the run is invalid\\.$`);
    const head = (input: ReportInput) =>
      page(input).elements.filter((e) => e.attributes.get('class')?.split(' ').includes('losses'));
    expect(head({ ...failing, verdict }).map((e) => e.text)).toEqual([expect.stringMatching(says)]);
    expect(head(failing)).toEqual([]);
  });

  it('leads with the word, the reason, and that the clusters were simulated', () => {
    const { text } = page(passing);
    expect(text).toContain('Passed');
    expect(text).toContain('all 5 gates passed');
    expect(text).toContain('simulated coordinators');
    expect(page(empty).text).not.toContain('simulated coordinators');
  });

  it('writes the sum of outcomes out for both arms', () => {
    const { total } = passing.summary;
    const { text } = page(passing);
    expect(text).toContain(
      `${formatCount(total.planned)} planned = ${formatCount(total.counts.finished)} finished +`,
    );
    expect(text).toContain('951 planned = 943 finished + 8 failed as expected');
  });

  it('says so when a sum does not add up', () => {
    const { summary } = passing;
    const broken = { ...passing, summary: { ...summary, total: { ...summary.total, planned: 1 } } };
    expect(page(broken).text).toContain('does not add up');
    expect(page(broken).text).toContain('1 planned ≠');
  });

  it('never rounds a lost query away', () => {
    const { summary } = passing;
    const counts = { ...summary.total.counts, finished: 999_999 };
    const nearly = { ...passing, summary: { ...summary, total: { planned: 1_000_000, counts } } };
    expect(page(nearly).text).toContain('99.99 % of planned');
  });

  it('puts a dash where the sample supports no figure, and ≥ where queries were cut off', () => {
    const { elements } = page(passing);
    const cells = elements.filter((e) => e.parent?.name === 'td').map((e) => e.text);
    expect(cells).toContain('–');
    expect(cells.some((cell) => cell.startsWith('≥ '))).toBe(true);
  });

  it('shows at most 2 000 drops and says what it left out', () => {
    const one = passing.summary.drops[0]!;
    const drops = Array.from({ length: 2500 }, (_, i) => ({ ...one, queryId: `q${i}` }));
    const { elements, text } = page({ ...passing, summary: { ...passing.summary, drops } });
    const table = elements.find((e) => e.attributes.get('id') === 'drop-table')!;
    const rows = elements.filter(
      (e) => e.name === 'tr' && e.parent?.name === 'tbody' && e.parent.parent === table,
    );
    expect(rows).toHaveLength(2000);
    expect(text).toContain(`first ${formatCount(2000)} of ${formatCount(2500)}`);
  });

  it('puts arms side by side only where they hold the same queries', () => {
    const { elements, text } = page(passing);
    const firstRows = (caption: string) => {
      const found = elements.find((e) => e.name === 'caption' && e.text === caption)?.parent;
      const rows = elements.filter((e) => e.name === 'tr' && e.parent?.parent === found);
      const words = (cell: Element) => cell.text || elements.find((e) => e.parent === cell)?.text;
      return rows.slice(1).map((row) => elements.filter((e) => e.parent === row).map(words));
    };
    const all = firstRows('Latency of all finished queries of the gateway arm');
    expect(new Set(all.map(([arm]) => arm))).toEqual(new Set(['gateway']));
    const pairs = firstRows('Service time of the compared pairs, by arm');
    expect(pairs.map(([arm, , n]) => [arm, n])).toEqual([
      ['gateway', '893'],
      ['baseline', '893'],
      ['noise', '210'],
    ]);
    expect(text).toContain('(end to end: +2.24 ms, 1.98 ms to 2.57 ms)');
  });

  it('says of every percentile on the time axis how many queries it is of', () => {
    const { elements } = page(passing);
    const found = elements.find((e) => e.name === 'caption' && e.text === 'Response time by time bucket');
    const heads = elements.filter((e) => e.name === 'th' && e.parent?.parent?.parent === found?.parent);
    expect(heads.map((e) => e.text).slice(0, 2)).toEqual(['From', 'n']);
  });

  it('draws the intervals of the shifts, and says why medians do not differ by the estimate', () => {
    const { elements, text } = page(passing);
    const specs = JSON.parse(elements.find((e) => e.attributes.get('id') === 'charts')?.text ?? '');
    const shift = specs.find((spec: { id: string }) => spec.id === 'shift');
    const shapes = shift.series.map((series: { shape: string }) => series.shape);
    expect(shapes.filter((shape: string) => shape === 'edge' || shape === 'band')).toHaveLength(6);
    expect(text).toContain('their difference is another quantity');
    expect(renderMarkdown(passing)).toContain('their difference is another quantity');
  });

  it('lets paper and small screens have the first rows of a long table, and says where the rest is', () => {
    const one = passing.summary.drops[0]!;
    const lost = (n: number) => {
      const drops = Array.from({ length: n }, (_, i) => ({ ...one, queryId: `q${i}` }));
      return page({ ...passing, summary: { ...passing.summary, drops } });
    };
    const { elements, text } = lost(306);
    const beyond = elements.filter((e) => / beyond$/.test(e.attributes.get('class') ?? ''));
    expect(beyond).toHaveLength(276);
    expect(text).toContain('and 276 more, in samples.parquet');
    expect(lost(30).text).not.toContain('more, in samples.parquet');
  });

  it('names both zeros of time, and what a query that was saved owes to whom', () => {
    const { text } = page(passing);
    const start = passing.events.find((e) => e.type === 'replay-started');
    const [roll] = passing.summary.actions;
    const after = moment((roll?.startMs ?? 0) - (start?.atUs ?? 0) / 1000);
    expect(text).toContain(`; ${after} after the load began`);
    expect(text).toContain(`the load began at ${moment((start?.atUs ?? 0) / 1000)}`);
    expect(text).toContain('none had to be');
    expect(text).not.toMatch(/0 by the client|0 run again/);
  });

  it('leaves out a phase of no length, and mutes the overhead of a run that is invalid', () => {
    const [first] = passing.summary.phases;
    if (first === undefined) throw new Error('no phase');
    const none = { ...first, name: 'momentary', startMs: 5000, endMs: 5000, planned: 0 };
    const phases = [...passing.summary.phases, none];
    expect(page({ ...passing, summary: { ...passing.summary, phases } }).text).not.toContain('momentary');
    const muted = (input: ReportInput) =>
      page(input).elements.filter((e) => e.attributes.get('class') === 'value quiet muted').length;
    expect([muted(passing), muted(invalid)]).toEqual([0, 1]);
  });

  it('explains every part that a run did without', () => {
    const { text } = page(empty);
    for (const sentence of [
      'Interrupted:',
      'The scenario sets no gates',
      'No cluster was rolled or killed',
      'No query was sent',
      'Not measured',
      'No query finished',
      'so none was dropped',
      'nothing was sent',
      'This run read no dump',
      'did not finish',
    ])
      expect(text).toContain(sentence);
  });

  it('says how many queries are counted and timed nowhere', () => {
    expect(page(failing).text).toContain('96 queries of the warm-up are in no latency and no overhead.');
  });

  it('keeps what the baseline arm lost apart from what the gateway did', () => {
    const { elements, text } = page(failing);
    const badge = elements.find((e) => e.parent?.attributes.get('href') === '#drops');
    expect(badge?.text).toBe('8');
    expect(text).toContain('Lost in the baseline arm (1)');
  });

  it('claims nothing where nothing was tried', () => {
    const badges = page(empty).elements.filter((e) => e.attributes.get('class')?.startsWith('badge'));
    const words = badges.map((e) => e.text);
    expect(words.filter((word) => word === 'no data')).toHaveLength(3);
    expect(words).not.toContain('as expected');
    expect(page(empty).elements.filter((e) => e.attributes.get('class') === 'value pass')).toEqual([]);
  });

  it('gives the command that runs it again, quoted for a shell', () => {
    expect(page(passing).text).toContain("--out 'reports/daily roll'");
  });
});

/** An escape, and the override that turns a line around; both are in the attack. */
const STEERING = '\u001b\u202e';

describe('hostile text', () => {
  const source = renderReport(hostile);

  it('becomes no element, in any place', () => {
    const elements = readMarkup(source);
    expect(elements.filter((e) => e.name === 'img')).toEqual([]);
    expect(elements.filter((e) => e.name === 'script')).toHaveLength(5);
    expect(elements.filter((e) => e.name === 'title')).toHaveLength(1);
    expect(source).not.toContain('<script>globalThis');
    expect(source).not.toMatch(/<img/);
  });

  it('is shown as text, without the characters that steer terminals or turn lines around', () => {
    const visible = [...STEERING].reduce((text, character) => text.replaceAll(character, '\ufffd'), ATTACK);
    const shown = page(hostile).elements.filter((e) => e.text.includes(visible));
    expect(shown.length).toBeGreaterThan(100);
    for (const character of STEERING) expect(source).not.toContain(character);
  });

  it('stays inside the data block as data', () => {
    const data = readMarkup(source).find((e) => e.attributes.get('id') === 'charts')?.text ?? '';
    expect(data).not.toContain('<');
    expect(() => JSON.parse(data)).not.toThrow();
  });
});
