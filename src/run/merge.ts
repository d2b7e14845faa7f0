/**
 * The shards of a run as one run: their samples on one clock, every one of them, so nothing is averaged and no precision lost.
 * What is missing is told, and makes the verdict invalid.
 */
import { failure } from '../base/errors.ts';
import { evaluateGates } from '../gates/evaluate.ts';
import { withImplied } from '../gates/implied.ts';
import { evidenceOf } from '../measure/ledger/evidence.ts';
import type { RunEvent } from '../measure/record/events.ts';
import { createRecorder, loadRunRecord, writeRunInfo } from '../measure/record/record-folder.ts';
import type { RunInfo, RunRecord, ShardInfo, ShardsInfo } from '../measure/record/run-info.ts';
import { ARMS, type Sample } from '../measure/record/sample.ts';
import { type Field, SAMPLE_COLUMNS } from '../measure/record/sample-columns.ts';
import { keepStatementTexts } from '../measure/record/statement-texts.ts';
import { toldWriter } from '../measure/record/told.ts';
import { summarise } from '../measure/summarise.ts';
import { worseHealth } from '../replay/health.ts';
import { writeReports } from '../report/index.ts';
import { createRunFolder } from './folder.ts';
import { onSamples } from './judge.ts';
import { differingSettings } from './merge-settings.ts';
import type { RunResult } from './run.ts';

interface Shard {
  readonly dir: string;
  readonly record: RunRecord;
  readonly shard: ShardInfo;
}

/** Merges the run folders of shards into a new one, judged with the run's own gates. Throws MERGE_REFUSED. */
export async function mergeRuns(
  dirs: readonly string[],
  reportsDir: string,
): Promise<Omit<RunResult, 'facts'>> {
  const shards: Shard[] = [];
  for (const dir of dirs) {
    const record = await loadRunRecord(dir);
    const { shard } = record.info;
    if (shard === undefined) throw failure('MERGE_REFUSED', { dir, reason: 'it is no shard of a run' });
    if (record.samplesDoubt !== undefined)
      throw failure('MERGE_REFUSED', { dir, reason: record.samplesDoubt });
    shards.push({ dir, record, shard });
  }
  shards.sort((a, b) => a.shard.part - b.shard.part);
  const [first] = shards;
  if (first === undefined) throw failure('MERGE_REFUSED', { dir: 'nothing', reason: 'no folder is named' });
  for (const [i, other] of shards.entries()) refuseStranger(first, other, shards[i - 1]);
  const folder = createRunFolder(reportsDir, first.record.info.name, new Date());
  const recorder = await createRecorder(folder.workDir);
  for (const event of mergedEvents(shards)) recorder.event(event);
  for (const { record, shard } of shards) {
    const byUs = first.shard.startUs - shard.startUs;
    for (const sample of record.samples) recorder.sample(shifted(sample, byUs));
  }
  await recorder.close();
  const told = mergeTold(shards, folder.workDir);
  const { events } = recorder.counts;
  // What a part has lost stays lost: the merged record lacks it too.
  const lacking = shards.map(
    ({
      record: {
        events: kept,
        info: { written },
      },
    }) => (written?.events ?? kept.length) - kept.length,
  );
  const written = { ...recorder.counts, told, events: events + lacking.reduce((sum, n) => sum + n, 0) };
  const info = { ...mergedInfo(shards, folder.id), written };
  writeRunInfo(folder.workDir, info);
  keepStatementTexts(
    folder.workDir,
    shards.map((part) => part.record.texts ?? new Map()),
  );
  // Read again, not kept: what is judged is what was written.
  const record = await loadRunRecord(folder.workDir);
  const summary = summarise(record);
  const gates = (info.scenario as { gates?: readonly string[] }).gates ?? [];
  const verdict = onSamples(info, evaluateGates(withImplied(gates), summary));
  writeReports(folder.workDir, { info, summary, verdict, events: record.events });
  folder.publish();
  return { dir: folder.finalDir, info, summary, verdict, interrupted: info.interrupted };
}

function refuseStranger(first: Shard, { dir, record, shard }: Shard, before: Shard | undefined): void {
  const refuse = (reason: string) => failure('MERGE_REFUSED', { dir, reason });
  if (shard.run !== first.shard.run || shard.of !== first.shard.of)
    throw refuse(
      `it is part of "${shard.run}" in ${shard.of} parts, not of "${first.shard.run}" in ${first.shard.of}`,
    );
  if (record.info.planned.sha256 !== first.record.info.planned.sha256)
    throw refuse('it was made from another plan');
  const differing = differingSettings(first.record.info, record.info);
  if (differing.length > 0) throw refuse(`it differs from ${first.dir} in ${differing.join(', ')}`);
  if (before?.shard.part === shard.part)
    throw refuse(`part ${shard.part} is there twice, also in ${before.dir}`);
}

/** What the clusters told each part, on the first one's clock; what they told to several is the same execution. */
function mergeTold(shards: readonly Shard[], dir: string): number {
  const [first] = shards as [Shard];
  const writer = toldWriter(dir);
  for (const { record, shard } of shards) {
    const byUs = first.shard.startUs - shard.startUs;
    for (const told of record.told ?? []) writer.write({ ...told, atUs: told.atUs + byUs });
  }
  writer.close();
  return writer.lines;
}

/** One part without its clusters' word, and of the whole run there is none. */
function evidenceDoubt(shards: readonly Shard[]): Pick<RunInfo, 'evidenceDoubt'> {
  for (const { record, shard } of shards) {
    const { doubt } = evidenceOf(record);
    if (doubt !== '') return { evidenceDoubt: `part ${shard.part}: ${doubt}` };
  }
  return {};
}

/** Everything that happened, on the first shard's clock; phases and what all shards tell alike only once. */
function mergedEvents(shards: readonly Shard[]): RunEvent[] {
  const [first] = shards as [Shard];
  const suffixes = new Set(first.record.events.map((event) => event.suffix));
  const others = shards.slice(1).flatMap(({ record, shard }) =>
    record.events
      .filter(
        (event) =>
          OF_ITS_OWN.has(event.type) || (event.type === 'cluster-incarnation' && !suffixes.has(event.suffix)),
      )
      .map((event) => ({
        ...event,
        text: `shard ${shard.part}: ${event.text}`,
        atUs: event.atUs + first.shard.startUs - shard.startUs,
      })),
  );
  return [...first.record.events, ...others].sort((a, b) => a.atUs - b.atUs);
}

const OF_ITS_OWN: ReadonlySet<RunEvent['type']> = new Set([
  'replay-stopped',
  'gateway-lost',
  'shard-lost',
  'interrupted',
  'warning',
]);

const TIMES: ReadonlySet<string> = new Set([
  'intendedUs',
  'releasedUs',
  'sentUs',
  'submittedUs',
  'firstPollUs',
  'firstRowUs',
  'lastUs',
] satisfies Field[]);

/** The sample on another clock; −1 stays "did not happen". A copy, field by field: loaded samples are views of columns. */
function shifted(sample: Sample, byUs: number): Sample {
  const copy: Record<string, unknown> = {};
  for (const { field, of } of SAMPLE_COLUMNS) {
    const value = of(sample);
    copy[field] = TIMES.has(field) && value !== -1 ? Number(value) + byUs : value;
  }
  const { expectedRows, expectedChecksum, ...fields } = copy;
  const { expected } = sample;
  return { ...fields, ...(expected === undefined ? {} : { expected }) } as unknown as Sample;
}

function mergedInfo(shards: readonly Shard[], id: string): RunInfo {
  const [first] = shards as [Shard];
  const infos = shards.map(({ record }) => record.info);
  const { shard, ...own } = first.record.info;
  const stopped = infos.find((info) => info.stopped !== undefined)?.stopped;
  const endedBecause = infos.find((info) => info.endedBecause !== undefined)?.endedBecause;
  const finished = infos.map((info) => info.finishedAt);
  const health = infos.flatMap((info) => (info.generator === null ? [] : [info.generator]));
  const byArm = Object.fromEntries(
    ARMS.map((arm) => [arm, infos.reduce((sum, info) => sum + (info.planned[arm] ?? 0), 0)]),
  );
  return {
    ...own,
    id,
    command: ['merge', ...shards.map(({ dir }) => dir)],
    startedAt: infos.map((info) => info.startedAt).sort()[0] ?? own.startedAt,
    finishedAt: finished.includes(null) ? null : (finished.toSorted().at(-1) ?? null),
    interrupted: infos.some((info) => info.interrupted),
    ...(stopped === undefined ? {} : { stopped }),
    ...(endedBecause === undefined ? {} : { endedBecause }),
    ...evidenceDoubt(shards),
    planned: { ...own.planned, ...byArm, pairs: infos.reduce((sum, info) => sum + info.planned.pairs, 0) },
    generator: health.length === 0 ? null : health.reduce(worseHealth),
    shards: shardsInfo(shards),
  };
}

function shardsInfo(shards: readonly Shard[]): ShardsInfo {
  const [{ shard }] = shards as [Shard];
  const present = shards.map((one) => one.shard.part);
  const whole = shard.counts.reduce((sum, n) => sum + n, 0);
  const lost = shard.counts.flatMap((count, i) =>
    present.includes(i + 1) ? [] : [{ part: i + 1, queries: count, share: whole === 0 ? 0 : count / whole }],
  );
  const ids = shards.map(({ record }) => record.info.id);
  return { run: shard.run, of: shard.of, present, ids, lost };
}
