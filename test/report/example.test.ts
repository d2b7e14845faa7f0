// The committed example is what a reader sees before he installs anything: it has to be what the program makes today.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { evaluateGates } from '../../src/gates/evaluate.ts';
import { withImplied } from '../../src/gates/implied.ts';
import { renderReport } from '../../src/report/index.ts';
import { EXAMPLE, readExample } from './example.ts';

const ADVICE = 'run `npm run example-report -- --again`';
const input = readExample();
const page = readFileSync(join(EXAMPLE, 'index.html'), 'utf8');

/** Sections, headings, captions and columns of a page: what it claims to show. */
function outline(text: string): readonly string[] {
  const parts = text.matchAll(
    /<section id="(?<id>[^"]+)"|<(?<tag>h[123]|caption|th)\b[^>]*>(?<inner>.*?)<\/\k<tag>>/gs,
  );
  return Array.from(
    parts,
    ({ groups: { id = '', tag = 'section', inner = '' } = {} }) =>
      `${tag} ${id}${inner
        .replace(/<[^>]*>/g, '')
        .replace(/\s+/g, ' ')
        .trim()}`,
  );
}

describe('the example report', () => {
  it('shows what the report shows today, in its order', () => {
    const now = outline(renderReport(input));
    expect(now.length).toBeGreaterThan(50);
    expect(outline(page), ADVICE).toEqual(now);
  });

  it('passes by today’s gates, in every figure that they ask for', () => {
    const { gates } = input.info.scenario as { gates: readonly string[] };
    const verdict = evaluateGates(withImplied(gates), input.summary);
    expect(verdict.result).toBe('pass');
    expect(JSON.parse(JSON.stringify(verdict)), ADVICE).toEqual(input.verdict);
    expect(input.summary.actions.map(({ kind }) => kind)).toEqual(['roll', 'roll', 'kill']);
  });

  it('stands near the top of the README, with its picture', () => {
    const [, before = ''] = /^(.*?)^## /ms.exec(readFileSync(join(projectRoot, 'README.md'), 'utf8')) ?? [];
    expect(before).toContain('](examples/report/top.png)](examples/report/index.html)');
    const png = readFileSync(join(EXAMPLE, 'top.png'));
    expect([png.subarray(1, 4).toString(), png.readUInt32BE(16)]).toEqual(['PNG', 1280]);
  });

  it('tells nothing of the folders of the machine that made it', () => {
    expect(page + JSON.stringify(input)).not.toMatch(/\/(?:home|root|tmp|work|Users)\//);
  });
});
