// Heads that have begun and do not end cost a bounded amount together, and give it back.
import { expect, test } from 'vitest';
import { HeadCollector } from '../../../gateway/relay/head-collector.ts';
import { MAX_HELD_HEAD_BYTES } from '../../../gateway/relay/limits.ts';

const PIECE = Buffer.from(`GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(1_000_000)}`);

test('unfinished heads are refused beyond a bound, and room comes back when their connections end', () => {
  const begun: HeadCollector[] = [];
  const begin = () => {
    const collector = new HeadCollector();
    begun.push(collector);
    collector.push(PIECE);
  };
  const most = Math.floor(MAX_HELD_HEAD_BYTES / PIECE.length);
  for (let i = 0; i < most; i++) begin();
  expect(begin).toThrow(/too many unfinished/);
  // Short ones, and those that come whole, go on.
  expect(new HeadCollector().push(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe('GET / HTTP/1.1\r\n\r\n');
  // One that goes on needs room to grow; one that has ended leaves all it had.
  expect(() => begun[0]?.push(Buffer.from('\r\n\r\n'))).toThrow(/too many unfinished/);
  for (const collector of begun.splice(1, 2)) collector.release();
  expect(begun[0]?.push(Buffer.from('\r\n\r\n'))).toHaveLength(PIECE.length + 4);
  expect(begin).not.toThrow();
  for (const collector of begun) collector.release();
  for (let i = 0; i < most; i++) begin();
  for (const collector of begun) collector.release();
});
