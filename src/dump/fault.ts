/** Why a whole file cannot be used. Raised inside the room; its doors turn it into the project's errors. */
import { failure, type RehearseError } from '../base/errors.ts';

export type FaultKind = 'missing' | 'empty' | 'unreadable' | 'question';

export class DumpFault extends Error {
  readonly kind: FaultKind;
  /** Line of the fault, from 1; undefined when it is the file's as a whole. */
  readonly line: number | undefined;

  constructor(kind: FaultKind, reason: string, line?: number) {
    super(reason);
    this.name = 'DumpFault';
    this.kind = kind;
    this.line = line;
  }
}

/** The project's error for a fault of a file. */
export function faultError(file: string, fault: DumpFault): RehearseError {
  const reason = faultText(fault);
  if (fault.kind === 'missing') return failure('FILE_MISSING', { what: 'Dump', file, reason }, fault);
  if (fault.kind === 'empty') return failure('DUMP_EMPTY', { file, reason }, fault);
  return failure('DUMP_UNREADABLE', { file, reason }, fault);
}

/** The reason, after its line where it has one. */
export function faultText(fault: DumpFault): string {
  return fault.line === undefined ? fault.message : `line ${fault.line}: ${fault.message}`;
}
