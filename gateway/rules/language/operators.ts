/**
 * Binding powers, as in MVEL 2.5 (org.mvel2.Operator.PTABLE), all left-associative. Unary operators bind tighter than all
 * of them, and member access tighter still.
 */
import type { BinaryOperator } from './ast.ts';

export const POWER: ReadonlyMap<string, number> = new Map<
  BinaryOperator | 'and' | 'is' | 'instanceof',
  number
>([
  ['||', 2],
  ['or', 2],
  ['&&', 3],
  ['and', 3],
  ['|', 4],
  ['^', 5],
  ['&', 6],
  ['==', 7],
  ['!=', 7],
  ['<', 8],
  ['>', 8],
  ['<=', 8],
  ['>=', 8],
  ['is', 8],
  ['instanceof', 8],
  ['<<', 9],
  ['>>', 9],
  ['>>>', 9],
  ['+', 10],
  ['-', 10],
  ['*', 11],
  ['/', 11],
  ['%', 11],
  ['**', 12],
  ['#', 13],
  ['~=', 13],
  ['contains', 13],
  ['soundslike', 13],
  ['strsim', 13],
]);
