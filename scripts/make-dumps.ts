/**
 * Writes the sample dumps in dumps/: one synthetic day and one small sample of each format. Same bytes on every
 * machine (the packed file: same bytes once unpacked). Run: `node scripts/make-dumps.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { projectRoot } from '../src/base/project.ts';
import { type DayQuery, MIDNIGHT_MS, makeDay } from './dumps/day.ts';
import {
  canonicalNdjson,
  gatewayHistoryCsv,
  gatewayHistoryJson,
  genericCsv,
  genericNdjson,
  httpEventsNdjson,
  runtimeQueriesCsv,
  runtimeQueriesTsv,
  trinoQueriesCsv,
} from './dumps/export.ts';
import {
  completedQueriesCsv,
  eventLoggerLog,
  kafkaEventsJson,
  prestoEventsJson,
  prestoLogNdjson,
  prestoReplayCsv,
  querybookCsv,
  queryInfoJson,
  supersetCsv,
} from './dumps/export-more.ts';

const SAMPLE_SIZE = 24;
const MORNING_MS = MIDNIGHT_MS + 9 * 3600e3;

/** Text of every sample dump by its name (`production-day.csv` is packed when written). */
export function makeDumps(): ReadonlyMap<string, string> {
  const day = makeDay();
  const morning = sample(day);
  return new Map([
    ['production-day.csv', trinoQueriesCsv(day)],
    ['runtime-queries.csv', runtimeQueriesCsv(morning)],
    ['gateway-history.csv', gatewayHistoryCsv(morning)],
    ['http-events.ndjson', httpEventsNdjson(morning)],
    ['canonical.ndjson', canonicalNdjson(morning)],
    ['generic.csv', genericCsv(morning)],
    ['kafka-events.json', kafkaEventsJson(morning)],
    ['event-logger.txt', eventLoggerLog(morning)],
    ['query-info.json', queryInfoJson(morning)],
    ['completed-queries.csv', completedQueriesCsv(morning)],
    ['presto-replay.csv', prestoReplayCsv(morning)],
    ['superset.csv', supersetCsv(morning)],
    ['querybook.csv', querybookCsv(morning)],
    ['trino-queries.csv', trinoQueriesCsv(morning)],
    ['runtime-queries.tsv', runtimeQueriesTsv(morning)],
    ['gateway-history.json', gatewayHistoryJson(morning)],
    ['generic.ndjson', genericNdjson(morning)],
    ['presto-events.json', prestoEventsJson(morning)],
    ['presto-log.ndjson', prestoLogNdjson(morning)],
  ]);
}

/** Some minutes of the morning, at most four queries of one source, with one failure and one EXECUTE. */
function sample(day: readonly DayQuery[]): DayQuery[] {
  const morning = day.filter((q) => q.arrivedAtMs >= MORNING_MS);
  const special = [
    morning.find((q) => q.failure !== undefined),
    morning.find((q) => q.prepared !== undefined),
  ];
  const chosen = new Set(special.filter((q) => q !== undefined));
  const bySource = new Map<string, number>();
  for (const query of morning) {
    const seen = bySource.get(query.source) ?? 0;
    if (chosen.size >= SAMPLE_SIZE || seen >= 4) continue;
    bySource.set(query.source, seen + 1);
    chosen.add(query);
  }
  return [...chosen].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
}

/** gzip with no time and no operating system in its header. */
function packed(text: string): Buffer {
  const bytes = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  bytes.fill(0, 4, 8);
  bytes[9] = 255;
  return bytes;
}

if (import.meta.main) {
  const folder = join(projectRoot, 'dumps');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of makeDumps()) {
    const isDay = name === 'production-day.csv';
    writeFileSync(join(folder, isDay ? `${name}.gz` : name), isDay ? packed(text) : text);
  }
}
