/** One study from its file to its folder: read, measure where it says so, answer, confirm, write. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, RehearseError } from '../../base/errors.ts';
import { maskSecrets } from '../../base/secrets.ts';
import { unwatched, type Watching } from '../../dump/watch.ts';
import { machineFacts, softwareVersions } from '../../run/environment.ts';
import { createRunFolder, type RunFolder } from '../../run/folder.ts';
import { confirmPlan } from '../live/confirm.ts';
import { measureClusters } from '../live/measure.ts';
import { writeStudy } from '../report/index.ts';
import { answerStudy } from './answer.ts';
import { clusterModel } from './assume.ts';
import { readStudyLoad } from './dump.ts';
import { type LoadedStudy, loadStudy } from './load.ts';
import { paragraphOf } from './paragraph.ts';
import { dropKeptMeasured, hasKeptMeasured, keepMeasured, readMeasured } from './read.ts';
import type { Confirmation, Measured, Missing, StudyRecord } from './record.ts';

export interface StudyOptions {
  readonly studyFile: string;
  readonly overrides: readonly string[];
  readonly reportsDir: string;
  readonly command: readonly string[];
  /** False: nothing is started and no load is sent; the study is answered from the dump (and `measuredFrom`). */
  readonly live: boolean;
  /** Folder of an earlier study whose measurement is taken over. */
  readonly measuredFrom: string | undefined;
  readonly note: (text: string) => void;
  /** Who sees how far the dump is read; nobody when not given. */
  readonly watching?: Watching;
  readonly signal: AbortSignal;
}

export interface StudyResult {
  readonly dir: string;
  readonly record: StudyRecord;
}

/**
 * Runs a study to its report; one that is interrupted while its plan is tried has a report of what it knows by then.
 * Throws what is wrong with the input before anything is started.
 */
export async function runStudy(options: StudyOptions): Promise<StudyResult> {
  const loaded = loadStudy(options.studyFile, options.overrides);
  const { study } = loaded;
  const { note, signal, watching = unwatched } = options;
  const startedAt = new Date();
  const taken = options.measuredFrom === undefined ? undefined : readMeasured(options.measuredFrom);
  const load = await watching((watch) => readStudyLoad(loaded, { signal, watch })).catch((error: unknown) => {
    if (signal.aborted) note('interrupted while the dump was read: nothing was begun, nothing is kept');
    throw error;
  });
  const folder = createRunFolder(options.reportsDir, study.name, startedAt);
  const live = { loaded, dir: folder.workDir, note, signal };
  try {
    const measured: Measured | null =
      taken ?? (options.live && study.measure ? await measureClusters(live, study.measure) : null);
    if (measured !== null && taken === undefined) keepMeasured(folder.workDir, measured);
    const cluster = clusterModel(study, measured);
    const answers = await answerStudy({ study, load, measured, cluster, note, signal });
    const confirmation: Confirmation | null =
      options.live && study.confirm
        ? await unlessInterrupted(confirmPlan(live, study.confirm), signal)
        : null;
    const inconclusive = [
      ...openQuestions(measured, confirmation, loaded),
      ...(signal.aborted ? [INTERRUPTED] : []),
      ...answers.inconclusive,
    ];
    const facts = { ...answers, measured, confirmation, inconclusive };
    const record: StudyRecord = {
      ...{ formatVersion: 1, id: folder.id, name: study.name, description: study.description },
      ...{ startedAt: startedAt.toISOString(), finishedAt: new Date().toISOString() },
      ...{ versions: softwareVersions(), machine: machineFacts(), command: options.command },
      ...{ seed: study.seed, study: maskSecrets(study), dump: load.reading, timeZone: study.timeZone },
      ...facts,
      paragraph: paragraphOf({ ...facts, startedAt: startedAt.toISOString(), timeZone: study.timeZone }),
    };
    writeStudy(folder.workDir, record);
    dropKeptMeasured(folder.workDir);
    folder.publish();
    return { dir: folder.finalDir, record };
  } catch (error) {
    // What is wrong with the input needs no logs to be understood; anything else does.
    if (error instanceof RehearseError && error.exit === EXIT.usage) folder.discard();
    else note(keptOf(folder, signal.aborted ? 'interrupted' : 'stopped by an error'));
    throw error;
  }
}

/** What is left of a study that came to no report; a folder with nothing in it that took long is removed. */
function keptOf(folder: RunFolder, how: string): string {
  const has = (name: string) => existsSync(join(folder.workDir, name));
  if (has('capacity.json'))
    return `${how} while the report was written: \`rehearse capacity report ${folder.workDir}\` writes it again`;
  if (hasKeptMeasured(folder.workDir))
    return `${how} before there was a plan: what was measured is kept, --measured ${folder.workDir} takes it over`;
  if (has('measure/trials'))
    return `${how} before there was a plan: the trials that were measured are kept in ${folder.workDir}`;
  if (has('measure') || has('confirm')) return `${how}: its logs are kept in ${folder.workDir}`;
  folder.discard();
  return `${how} while computing: nothing had been measured, nothing is kept`;
}

const DOES_IT_HOLD = 'Does the plan hold when it is tried?';

const INTERRUPTED: Missing = {
  question: DOES_IT_HOLD,
  missing: [
    'the study was interrupted before the plan was tried to its end; `--measured` takes over what it measured',
  ],
};

/** Null when the study is interrupted meanwhile: what was measured before is worth a report. */
function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
}

function openQuestions(
  measured: Measured | null,
  confirmation: Confirmation | null,
  { study }: LoadedStudy,
): Missing[] {
  const open: Missing[] = [];
  if (measured?.knee.kind === 'inconclusive')
    open.push({ question: 'Where is the knee of a measured cluster?', missing: measured.knee.missing });
  if (measured?.fit.kind === 'none')
    open.push({ question: 'How does a cluster scale with concurrency?', missing: measured.fit.missing });
  if (measured !== null && measured.from !== '')
    open.push(...incompatible(measured, study.measure?.objectives?.p95 ?? study.objectives.p95));
  if (confirmation?.missing !== undefined)
    open.push({ question: DOES_IT_HOLD, missing: confirmation.missing });
  const unclear = confirmation?.loads.filter((l) => l.unclear) ?? [];
  if (unclear.length > 0)
    open.push({
      question: DOES_IT_HOLD,
      missing: unclear.map((l) => `a fair trial of ${l.times} times the planned load: ${l.reasons[0]}`),
    });
  if (confirmation?.confirmed === false)
    open.push({
      question: DOES_IT_HOLD,
      missing: confirmation.loads.flatMap((l) =>
        (l.times === 1) === l.holds
          ? []
          : [
              `at ${l.times} times the planned load: ${l.holds ? 'the objectives held, so the plan asks for too much' : l.reasons.join(', ')}`,
            ],
      ),
    });
  return open;
}

/** A measurement made for another promise does not answer this one. */
function incompatible(measured: Measured, p95Ms: number): Missing[] {
  if (measured.p95LimitMs === p95Ms) return [];
  return [
    {
      question: 'Does the measurement that was taken over fit this study?',
      missing: [
        `a measurement with the same objective: that one searched for p95 ≤ ${measured.p95LimitMs} ms, this study promises ${p95Ms} ms`,
      ],
    },
  ];
}
