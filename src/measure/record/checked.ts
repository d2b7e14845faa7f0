/** What is read back is looked at before it is believed: a damaged record is told, and breaks nothing later on. */
import { fieldsOf } from '../../base/lines.ts';
import { shortened } from '../../base/shorten.ts';
import type { Column } from './columns.ts';
import type { RunEvent } from './events.ts';
import { ARMS, ENDS, type Sample, STAGES } from './sample.ts';
import { SAMPLE_COLUMNS } from './sample-columns.ts';
import type { Samples } from './samples.ts';
import type { Told } from './told.ts';

type Type = 'string' | 'number';

const EVENT_FIELDS: readonly (readonly [keyof RunEvent, Type, 'optional'?])[] = [
  ['atUs', 'number'],
  ['type', 'string'],
  ['text', 'string'],
  ['cluster', 'string', 'optional'],
  ['group', 'string', 'optional'],
  ['suffix', 'string', 'optional'],
  ['action', 'number', 'optional'],
  ['tookMs', 'number', 'optional'],
  ['step', 'string', 'optional'],
  ['limitMs', 'number', 'optional'],
  ['fault', 'string', 'optional'],
];

const TOLD_FIELDS: readonly (readonly [keyof Told, Type])[] = [
  ['atUs', 'number'],
  ['by', 'string'],
  ['type', 'string'],
  ['cluster', 'string'],
  ['queryId', 'string'],
  ['token', 'string'],
  ['state', 'string'],
  ['errorName', 'string'],
];

const WORDS: Readonly<Record<string, ReadonlySet<unknown>>> = {
  arm: new Set(ARMS),
  end: new Set(ENDS),
  stage: new Set(STAGES),
};

export function isEvent(value: unknown): value is RunEvent {
  const fields = fieldsOf(value);
  return EVENT_FIELDS.every(
    ([name, type, optional]) =>
      (optional !== undefined && fields[name] === undefined) || isOf(type, fields[name]),
  );
}

export function isTold(value: unknown): value is Told {
  const fields = fieldsOf(value);
  return TOLD_FIELDS.every(([name, type]) => isOf(type, fields[name]));
}

/** What is wrong with a sample that was read from a line; undefined for nothing. */
export function sampleProblem(value: unknown): string | undefined {
  const sample = fieldsOf(value) as unknown as Sample;
  for (const { field, of, type, whenAbsent } of SAMPLE_COLUMNS) {
    const given = of(sample);
    if (given === undefined && whenAbsent !== undefined) continue;
    const problem = valueProblem(field, type, given);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What is wrong with samples that were read from columns; undefined for nothing. */
export function samplesProblem(samples: Samples): string | undefined {
  for (const { field, type } of SAMPLE_COLUMNS) {
    if (field === 'expectedRows' || field === 'expectedChecksum') continue;
    const column: Column<unknown> = samples[field];
    // A million values are few different ones in most columns; only where one of those is wrong each place is looked at.
    if (column.distinct?.().every((value) => valueProblem(field, type, value) === undefined)) continue;
    if (column.areIntegers?.()) continue;
    for (let place = 0; place < samples.length; place++) {
      const problem = valueProblem(field, type, column.at(place));
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function valueProblem(field: string, type: string, value: unknown): string | undefined {
  const words = WORDS[field];
  if (words !== undefined && !words.has(value)) return `a sample's ${field} is ${shown(value)}`;
  const wanted = type === 'STRING' ? 'string' : type === 'BOOLEAN' ? 'boolean' : 'number';
  const fits = typeof value === wanted && (wanted !== 'number' || Number.isSafeInteger(value));
  return fits ? undefined : `a sample's ${field} is ${shown(value)}`;
}

function isOf(type: Type, value: unknown): boolean {
  return typeof value === type && (type === 'string' || Number.isFinite(value));
}

const shown = (value: unknown): string =>
  shortened(typeof value === 'string' ? JSON.stringify(value) : String(value), 60);
