import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  counted,
  interval,
  inUnit,
  moment,
  ms,
  shellLine,
  signedMs,
  stamp,
} from '../../src/report/format.ts';
import { escapeHtml, html, jsonBlock, markupOf } from '../../src/report/html/template.ts';
import { clip, oneLine, plain } from '../../src/report/plain.ts';

describe('figures', () => {
  it.each([
    [ms(null), '–'],
    [ms(-1.25), '−1.25 ms'],
    [signedMs(0.84), '+840 µs'],
    [signedMs(0), '0 ms'],
    [moment(0), '0:00.0'],
    [moment(83_449), '1:23.4'],
    [moment(59_960), '1:00.0'],
    [moment(3_723_000), '1:02:03'],
    [moment(-2400), '−0:02.4'],
    [inUnit(0.9996, 'ratio'), '99.960 %'],
    [inUnit(2873, 'count'), '2\u202f873'],
    [inUnit(11.94, 'per-second'), '11.9/s'],
    [inUnit(3, 'bytes'), '3 bytes'],
    [interval(1.6, 2.3, 'ms'), '1.6 ms to 2.3 ms'],
    [interval(null, 2.3, 'ms'), '–'],
    [counted(1, 'query', 'queries'), '1 query'],
    [counted(2, 'query', 'queries'), '2 queries'],
    [stamp('2026-03-14T09:26:53.589Z'), '2026-03-14 09:26:53 UTC'],
    [stamp('yesterday'), 'yesterday'],
    [shellLine(['rehearse', 'run', 'a b', "it's", '$HOME']), "rehearse run 'a b' 'it'\\''s' '$HOME'"],
  ])('%s is %s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe('text from outside', () => {
  it('keeps its letters and loses its controls', () => {
    expect(plain('naïve 数据 🚀\tx\ny')).toBe('naïve 数据 🚀\tx\ny');
    expect(plain('a\u001b[2Jb\u202ec\ud800')).toBe('a�[2Jb�c�');
    expect(oneLine(' a \r\n b ')).toBe('a b');
    expect(clip('🚀🚀🚀🚀', 3)).toBe('🚀🚀…');
  });

  it('is never markup, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const markup = markupOf(html`<p title="${text}">${text}</p>`);
        expect(markup.match(/[<>]/g)).toHaveLength(4);
        expect(markup.match(/"/g)).toHaveLength(2);
      }),
    );
  });

  it('survives the data block unchanged, and cannot end it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const inside = markupOf(jsonBlock('x', value)).replace(/^<script[^>]*>|<\/script>$/g, '');
        expect(inside).not.toMatch(/[<>&]/);
        expect(JSON.stringify(JSON.parse(inside))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('leaves out what is not there, and takes lists as they come', () => {
    expect(markupOf(html`<b>${null}${undefined}${false}${0}${['a', html`<i>b</i>`]}</b>`)).toBe(
      '<b>0a<i>b</i></b>',
    );
    expect(escapeHtml(`<&"'>`)).toBe('&lt;&amp;&quot;&#39;&gt;');
  });

  it('does not pass for markup by having its shape', () => {
    const forged = JSON.parse('{"markup":"<b>","description":"markup"}') as string;
    expect(() => markupOf(html`${forged}`)).toThrow();
  });
});
