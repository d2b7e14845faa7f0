/** Column types: from the display form (`decimal(12, 2)`) to the signature that travels beside it. */
import type { Column, TypeSignature } from '../../trino/statement.ts';

/** Varchar without a length has this one. */
const UNBOUNDED = 2_147_483_647;

/** The signature of a type in its display form. */
export function typeSignature(type: string): TypeSignature {
  const open = type.indexOf('(');
  const rawType = open < 0 ? type : type.slice(0, open);
  if (open < 0) return { rawType, arguments: type === 'varchar' ? [long(UNBOUNDED)] : [] };
  const inner = splitArguments(type.slice(open + 1, type.lastIndexOf(')')));
  const suffix = type.slice(type.lastIndexOf(')') + 1);
  return {
    rawType: rawType + suffix,
    arguments: inner.map((text) => argumentOf(text, rawType === 'row')),
  };
}

function argumentOf(text: string, isField: boolean): unknown {
  if (/^\d+$/.test(text)) return long(Number(text));
  if (!isField) return { kind: 'TYPE', value: typeSignature(text) };
  const space = text.indexOf(' ');
  const fieldName = { name: text.slice(0, space) };
  return { kind: 'NAMED_TYPE', value: { fieldName, typeSignature: typeSignature(text.slice(space + 1)) } };
}

function long(value: number): unknown {
  return { kind: 'LONG', value };
}

/** Splits at the commas that stand outside brackets. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/** A column with its signature. */
export function column(name: string, type: string): Column {
  return { name, type, typeSignature: typeSignature(type) };
}
