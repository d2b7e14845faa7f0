/** Words that mean something of their own, so that they name neither a variable nor a class. */
import { POWER } from './operators.ts';
import { UNSUPPORTED } from './unsupported.ts';

const RESERVED: ReadonlySet<string> = new Set([
  ...['if', 'else', 'for', 'foreach', 'while', 'until', 'do', 'return', 'var', 'import', 'new'],
  ...['true', 'false', 'null', 'nil', 'empty'],
  ...UNSUPPORTED.keys(),
  ...POWER.keys(),
]);

export function isReserved(word: string): boolean {
  return RESERVED.has(word);
}
