import { expect, test } from 'vitest';
import { printable } from '../../src/base/terminal.ts';
import { paintInPlace } from '../../src/cli/progress.ts';

test.each([
  ['our own colours', '\u001b[31mfailed\u001b[0m', '\u001b[31mfailed\u001b[0m'],
  ['a window title', 'eve \u001b]0;PWNED\u0007', 'eve \ufffd]0;PWNED\ufffd'],
  ['an erased screen', '\u001b[2J', '\ufffd[2J'],
  ['hidden text', '\u001b[8mgone', '\ufffdgone'],
  ['a turned direction', 'abc\u202egnp.exe', 'abc\ufffdgnp.exe'],
  ['lines and tabs', 'a\n\tb', 'a\n\tb'],
])('what reaches a terminal: %s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('lines that are written over let nothing foreign through, and no line more', () => {
  let written = '';
  paintInPlace((text) => {
    written += text;
  }).paint(['step by eve\u001b]0;PWNED\u0007\nsecond']);
  expect(written).toBe('step by eve\ufffd]0;PWNED\ufffd second');
});
