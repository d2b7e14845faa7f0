/** The study's dump, read into the load that is planned for. */
import { relative, resolve } from 'node:path';
import { failure } from '../../base/errors.ts';
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
    for await (const batch of dump.records('taking the load'))
      for (const record of batch) {
        digest.add(record);
        const group = study.expect.length === 0 ? (record.routedTo?.group ?? 'all') : oracle(record)?.group;
        if (group === undefined) leftOut++;
        else builder.add(record, group);
      }
    const workload = builder.build();
    refuseUnknownGroups(study, workload.groups);
    refuseUnknownSources(study, workload.sources);
    return { workload, reading: readingOf(dump.gathered, digest), leftOut };
  } finally {
    dump.close();
  }
}

/** A question about a source that nobody asks from would be answered as if nothing had changed. */
function refuseUnknownSources({ whatIf }: Study, sources: readonly string[]): void {
  for (const [q, question] of whatIf.entries())
    for (const [s, { match }] of question.sources.entries()) {
      const pattern = new RegExp(match, 'u');
      if (!sources.some((source) => pattern.test(source)))
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
