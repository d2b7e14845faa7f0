// What stands in place of values: another of the same form, never one for two, and nothing of the original.
import { describe, expect, test } from 'vitest';
import { pseudonyms } from '../../src/dump/anonymous/pseudonyms.ts';

const hidden = pseudonyms('k', new Set());
const other = pseudonyms('another', new Set());

/** All texts of so many characters. */
function all(alphabet: string, length: number): string[] {
  return length === 0
    ? ['']
    : all(alphabet, length - 1).flatMap((start) => [...alphabet].map((c) => start + c));
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));
const days = Array.from({ length: 36_525 }, (_, i) => new Date(i * 86_400e3).toISOString().slice(0, 10));

describe('never one for two', () => {
  test.each<[string, readonly string[]]>([
    ['letters', all('abcdefghijklmnopqrstuvwxyz', 1)],
    ['capitals', all('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1)],
    ['codes of two letters', all('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 2)],
    ['letters and a sign', all('abcdefghijklm', 3).map((text) => `${text.slice(0, 2)}-${text.slice(2)}`)],
    ['umlauts', [...'äöüßéèñ'].flatMap((c) => [c, `x${c}`])],
    ['Cyrillic', [...'абвгдежзийклмнопрст']],
    ['digits', range(2, 10)],
    ['numbers to 20 000', range(0, 20_000)],
    ['numbers at the end of 32 bits', range(2 ** 31 - 500, 2 ** 31 + 500)],
    ['decimals', range(0, 3_000).map((n) => `0.${n}`)],
    ['days', days],
    ['days without zeros in front', ['2024-1-5', '2024-2-5', '2024-10-5', '2024-1-15', '2024-9-9']],
    [
      'minutes',
      range(0, 24).flatMap((h) => range(0, 60).map((m) => `${h.padStart(2, '0')}:${m.padStart(2, '0')}`)),
    ],
    ['addresses', range(0, 256).map((n) => `10.0.0.${n}`)],
    ['clocks and what is none', range(1_000, 10_000).map((n) => `${n.slice(0, 2)}:${n.slice(2)}`)],
    ['dates and what is none', ['2024-01-01', '2024-13-01', '2024-01-1x', '2024-01-01 x', '2024-00-01']],
  ])('%s', (_, values) => {
    const made = values.map(hidden.value);
    expect(new Set(made).size).toBe(values.length);
    expect(made.filter((value, i) => value === values[i] && !/^[01]$|^0\.0*$|^00:00$/.test(value))).toEqual(
      [],
    );
    expect(made.map((value) => value.length)).toEqual(
      _ === 'addresses' ? made.map((value) => value.length) : values.map((value) => value.length),
    );
  });

  test('long texts that differ in one character at any place', () => {
    const text = 'Anna Mueller, account 4711 of 2026';
    const texts = [...text].map((c, i) => (/\w/.test(c) ? `${text.slice(0, i)}7${text.slice(i + 1)}` : text));
    const distinct = new Set([text, ...texts]);
    expect(new Set([...distinct].map(hidden.value)).size).toBe(distinct.size);
  });
});

describe('the same form', () => {
  const day = /(?:19[789]|20[0-6])\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])/.source;
  const clock = /(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d/.source;
  test.each<[string, string]>([
    ['2024-02-29', day],
    ['2024-02-29 23:59:59', `${day} ${clock}`],
    ['2024-02-29T23:59:59.4711', `${day}T${clock}\\.(?!4711)\\d{4}`],
    ['2024-02-29 23:59:59.471147114711 Europe/Berlin', `${day} ${clock}\\.(?!4711)\\d{12} Europe/Berlin`],
    ['2024-02-29 23:59:59 +05:30', `${day} ${clock} \\+05:30`],
    ['2024-02-29 00:00:00', `${day} 00:00:00`],
    ['1985-07-12', '(?:18[789]|19[0-6])\\d-\\d\\d-\\d\\d|19[789]\\d-\\d\\d-\\d\\d|20[0-6]\\d-\\d\\d-\\d\\d'],
    ['9999-12-31', '99[789]\\d-\\d\\d-\\d\\d'],
    ['23:59:59.123', `${clock}\\.(?!123)\\d{3}`],
    ['-42', '-[1-9]\\d'],
    ['007.50', '00(?!7\\.50)[1-9]\\.\\d\\d'],
    ['123e4567-e89b-12d3-a456-426614174000', '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
    ['123E4567-E89B-12D3-A456-426614174000', '[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}'],
    ['192.168.4.7', '(?:\\d{1,3}\\.){3}\\d{1,3}'],
    ['2001:db8::7', '[0-9a-f]{4}:[0-9a-f]{3}::[0-9a-f]'],
    ['lax $.anna.size()', 'lax \\$\\.(?!anna)[a-z]{4}\\.size\\(\\)'],
    ['it’s 密 – ok', '[a-z]{2}\\p{Lo}[a-z] \\p{Lo} \\p{Lo} [a-z]{2}'],
  ])('%s', (value, pattern) => {
    const made = hidden.value(value);
    expect(made).toMatch(new RegExp(`^(?:${pattern})$`, 'u'));
    expect(made).not.toBe(value);
    expect(hidden.value(value)).toBe(made);
    expect(other.value(value)).not.toBe(made);
  });

  test('JSON stays JSON of the same shape', () => {
    const made = hidden.value('{"name": "An\\"na", "n": [true, null, 4711, 0.5], "when": "2024-02-29"}');
    const value = JSON.parse(made);
    expect(made).not.toMatch(/name|An|na"|4711|2024-02-29/);
    expect(Object.values(value)).toEqual([
      expect.stringMatching(/^[A-Z][a-z]"[a-z]{2}$/),
      [true, null, expect.any(Number), expect.any(Number)],
      expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    ]);
  });
});

describe('what stands behind a date goes with it', () => {
  test.each([
    '2024-01-01 Jane Doe',
    '2024-01-01T Jane Doe',
    '2024-01-01 10:11:12 Jane',
    '2024-01-01 10:11:12.123 Jane/Doe',
    '2024-01-01 10:11:12.1234567890123',
    '2024-01-01Jane',
    '10:11 Jane',
    '2024-01-01 +4711',
  ])('%s', (value) => {
    const made = hidden.value(value);
    expect(made).not.toMatch(/Jane|Doe|4711|123456/);
    expect(made).toHaveLength(value.length);
  });
});

describe('numbers', () => {
  test.each([
    ['0', /^0$/],
    ['1', /^1$/],
    ['1e5', /^1e5$/],
    ['4711e5', /^(?!4711)[1-9]\d{3}e5$/],
    ['1e4711471147', /^1e(?!4711)\d{10}$/],
    ['1_000', /^[1-9]_\d{3}$/],
    ['0xDEADBEEF', /^0x(?!deadbeef)[0-9a-f]{8}$/],
    ['0b101', /^0b[01]{3}$/],
    ['.5', /^\.[1-9]$/],
    ['0.0', /^0\.0$/],
  ])('%s', (text, pattern) => expect(hidden.number(text)).toMatch(pattern));

  test.each([
    2_147_483_647n,
    2_147_483_648n,
    9_223_372_036_854_775_807n,
    1_234_567_890_123_456_789n,
    10n ** 19n,
  ])('%d stays in its type', (n) => {
    const made = BigInt(hidden.number(String(n)));
    expect([made < 2n ** 31n, made < 2n ** 63n]).toEqual([n < 2n ** 31n, n < 2n ** 63n]);
    expect(made).not.toBe(n);
  });
});
