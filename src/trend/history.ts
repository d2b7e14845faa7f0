/** The history of many runs: one JSON line a run, appended; or read from a folder of run folders. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { failure } from '../base/errors.ts';
import { fieldsOf, jsonLine } from '../base/lines.ts';
import type { GateResultKind } from '../gates/verdict.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Summary } from '../measure/summary/summary.ts';
import { readRunFolders, skippedText } from '../report/run-folders.ts';

export interface HistoryEntry {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  /** What it was a run of: a commit, a version; '' when nobody said. */
  readonly label: string;
  /** What it was judged as; absent in lines that were written before they told it. */
  readonly verdict?: GateResultKind;
  readonly planSha256: string;
  /** SHA-256 of each file of routing rules, by the key that names it; absent in older lines. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Processor, cores and Node: figures of other machines are other series. */
  readonly machine: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** The line of a run. */
export function historyEntry(
  info: RunInfo,
  summary: Pick<Summary, 'figures'>,
  label: string,
  verdict?: GateResultKind,
): HistoryEntry {
  const known = Object.entries(summary.figures).flatMap(([name, { value }]) =>
    value === null ? [] : [[name, value] as const],
  );
  const { cpu = 'unknown', cores = '?' } = info.machine;
  return {
    v: 1,
    ...{ id: info.id, name: info.name, startedAt: info.startedAt, label },
    ...(verdict === undefined ? {} : { verdict }),
    planSha256: info.planned.sha256,
    ...(info.rules === undefined ? {} : { rules: info.rules }),
    machine: `${cpu}, ${cores} cores, Node ${info.versions.node ?? '?'}`,
    figures: Object.fromEntries(known),
  };
}

/** Adds a run's line; a run that is already there is not added again. Answers whether it was added. */
export function appendHistory(file: string, entry: HistoryEntry): boolean {
  if (existsSync(file) && readHistory(file).some((known) => known.id === entry.id)) return false;
  mkdirSync(dirname(file), { recursive: true });
  // A line that a kill or an editor has left without its end must not take the new one with it.
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  try {
    appendFileSync(file, `${gap}${jsonLine(entry)}\n`);
  } catch (error) {
    // Half a line helps nobody.
    if (existsSync(file)) truncateSync(file, Buffer.byteLength(text));
    throw error;
  }
  return true;
}

/** Told of each line that is none, and of each folder that cannot be taken in. */
type OnBad = (text: string) => void;

/** Runs of a history file or of a folder of run folders, the oldest first; other lines are passed over. Throws FILE_MISSING. */
export function readHistory(where: string, onBad: OnBad = () => undefined): readonly HistoryEntry[] {
  if (!existsSync(where))
    throw failure('FILE_MISSING', {
      what: 'History',
      file: where,
      reason: 'there is no such file or folder',
    });
  const entries = statSync(where).isDirectory() ? fromFolders(where, onBad) : fromFile(where, onBad);
  return entries.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0));
}

function fromFile(file: string, onBad: OnBad): readonly HistoryEntry[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      if (line.trim() === '') return [];
      const entry = readEntry(line);
      if (entry === undefined) onBad(`${file}:${i + 1} is no line of a history and was passed over`);
      return entry === undefined ? [] : [entry];
    });
}

function readEntry(line: string): HistoryEntry | undefined {
  try {
    const entry = fieldsOf(JSON.parse(line));
    const isText = (name: string) => typeof entry[name] === 'string';
    const { figures } = entry;
    const isEntry =
      entry.v === 1 &&
      ['id', 'name', 'startedAt', 'label', 'planSha256', 'machine'].every(isText) &&
      typeof figures === 'object' &&
      figures !== null &&
      Object.values(figures).every(Number.isFinite);
    return isEntry ? (entry as unknown as HistoryEntry) : undefined;
  } catch {
    return undefined;
  }
}

/** Folders that cannot be read are passed over: a history lives with runs that were killed. */
function fromFolders(dir: string, onBad: OnBad): readonly HistoryEntry[] {
  const { runs, skipped } = readRunFolders(dir, ({ info, summary, verdict }) =>
    historyEntry(info, summary, '', verdict.result),
  );
  for (const one of skipped) onBad(skippedText(one));
  return runs;
}
