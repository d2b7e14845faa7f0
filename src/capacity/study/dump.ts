/** The study's dump, read into the load that is planned for. */
import { relative, resolve } from 'node:path';
import { failure } from '../../base/errors.ts';
import { finder } from '../../base/regex.ts';
import { suggestion } from '../../base/suggest.ts';
import { orderedDump } from '../../dump/order/ordered.ts';
import { DumpDigest, readingOf } from '../../dump/read.ts';
import type { Watch } from '../../dump/watch.ts';
import type { DumpReading } from '../../measure/record/run-info.ts';
import { expectationOracle } from '../../plan/expectation.ts';
import { type Workload, WorkloadBuilder } from '../workload/workload.ts';
import type { LoadedStudy } from './load.ts';
import type { Study } from './schema.ts';

export interface StudyLoad {
  readonly workload: Workload;
  readonly reading: DumpReading;
  /** Queries that belong to no group of the study. */
  readonly leftOut: number;
}

/**
 * Reads the dump record by record, so that one larger than memory can be planned for. Queries are of the group that the
 * study's expectations name; without expectations of the one they were routed to, or all of one group. Throws what
 * `orderedDump` throws, DUMP_EMPTY when no query is left, and USAGE when the study says something of a group that has no
 * queries: a misspelt name must not go unseen.
 */
export async function readStudyLoad(
  { dir, study }: LoadedStudy,
  { signal, watch }: { readonly signal: AbortSignal; readonly watch: Watch | undefined },
): Promise<StudyLoad> {
  const { files, ...how } = study.dump;
  const names = files.map((name) => relative(process.cwd(), resolve(dir, name)) || '.');
  const dump = await orderedDump(names, { ...how, signal, watch });
  try {
    const oracle = expectationOracle(study.expect);
    const builder = new WorkloadBuilder(dump.gathered.accepted);
    const digest = new DumpDigest();
    let leftOut = 0;
    const seen = new Set<string>();
    for await (const batch of dump.records('taking the load'))
      for (const record of batch) {
        digest.add(record);
        const expected = oracle(record);
        if (expected !== undefined) seen.add(expected.because);
        const group = study.expect.length === 0 ? (record.routedTo?.group ?? 'all') : expected?.group;
        if (group === undefined) leftOut++;
        else builder.add(record, group);
      }
    const workload = builder.build();
    refuseUnknownGroups(study, workload.groups);
    refuseUnknownSources(study, workload.sources);
    const reading = readingOf(dump.gathered, digest);
    const doubts = [...(reading.doubts ?? []), ...unusedExpectations(study, seen)];
    return { workload, reading: { ...reading, doubts }, leftOut };
  } finally {
    dump.close();
  }
}

/** An expectation that names nothing is misspelt, or those before it take its queries. */
function unusedExpectations({ expect }: Study, seen: ReadonlySet<string>): string[] {
  const used = new Set([...seen].map((because) => because.replace(/:.*/, '')));
  return expect.flatMap(({ group }, i) =>
    used.has(`expect.${i}`)
      ? []
      : [
          `expect.${i}${group === undefined ? '' : ` (group ${group})`} names no query of the dump: it is misspelt, or those before it take all`,
        ],
  );
}

/** A question about a source that nobody asks from would be answered as if nothing had changed. */
function refuseUnknownSources({ whatIf }: Study, sources: readonly string[]): void {
  for (const [q, question] of whatIf.entries())
    for (const [s, { match }] of question.sources.entries()) {
      if (!sources.some(finder(match)))
        throw failure('USAGE', {
          detail: `whatIf.${q}.sources.${s}.match: no source of the dump matches ${match}; there are ${sources.slice(0, MOST_SHOWN).join(', ')}${sources.length > MOST_SHOWN ? ', …' : ''}`,
        });
    }
}

const MOST_SHOWN = 12;

function refuseUnknownGroups(study: Study, groups: readonly string[]): void {
  const named = {
    'load.growth': Object.keys(typeof study.load.growth === 'object' ? study.load.growth : {}),
    'load.peakWindow': Object.keys(typeof study.load.peakWindow === 'object' ? study.load.peakWindow : {}),
    'objectives.groups': Object.keys(study.objectives.groups),
  };
  for (const [key, names] of Object.entries(named))
    for (const name of names)
      if (!groups.includes(name))
        throw failure('USAGE', {
          detail: `${key}: the dump has no queries of a group "${name}"${suggestion(name, groups)}`,
        });
}
