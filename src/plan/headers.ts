/** The request headers with which a recorded query is asked again. */
import type { DumpRecord } from '../dump/record.ts';
import { encodePairs, HEADER, isPairName } from '../trino/headers.ts';
import { encodePrepared } from '../trino/prepared.ts';

/** Headers of the statement, without trace token; absent values send no header. `runAs` is the user it is asked as. */
export function statementHeaders(record: DumpRecord, runAs = record.user): Record<string, string> {
  const headers: Record<string, string> = { [HEADER.user]: printable(runAs) };
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') headers[name] = printable(value);
  };
  put(HEADER.source, record.source);
  put(HEADER.clientTags, record.clientTags.join(','));
  put(HEADER.clientInfo, record.clientInfo);
  put(HEADER.catalog, record.catalog);
  // A schema without a catalog is a 400 from Trino, so it is no part of what the client can have sent.
  put(HEADER.schema, record.catalog === undefined ? undefined : record.schema);
  put(HEADER.timeZone, record.timeZone);
  put(HEADER.session, encodePairs(record.session));
  put(HEADER.preparedStatement, encodePrepared(record.prepared));
  return headers;
}

/** Header values are Latin-1 without control characters; what else a dump holds is written as `?`. No blanks are at their ends. */
function printable(value: string): string {
  return value.replace(/[^\t\x20-\x7e\xa0-\xff]/g, '?').trim();
}

/** The record with its single values as the cluster will read them: that is what has to be judged. */
export function asSent(record: DumpRecord): DumpRecord {
  const { user, source, catalog, schema } = record;
  return {
    ...record,
    user: printable(user),
    ...(source === undefined ? {} : { source: printable(source) }),
    ...(catalog === undefined ? {} : { catalog: printable(catalog).toLowerCase() }),
    ...(schema === undefined ? {} : { schema: printable(schema).toLowerCase() }),
  };
}

/**
 * Why the record's headers cannot be sent so that they say what the dump says; undefined where they can. Session, tags and prepared
 * statements travel in lists: a name that ends its pair would make two of one. Real clients refuse the same
 * (io.trino.client.ClientSession).
 */
export function unsendable({ session, clientTags, prepared }: DumpRecord): string | undefined {
  if (!Object.keys(session).every(isPairName))
    return 'headers: the name of a session property has a comma, "=", a blank or other than ASCII';
  if (clientTags.some((tag) => tag.includes(','))) return 'headers: a client tag has a comma';
  const names = Object.keys(prepared).map((name) => name.trim().toLowerCase());
  if (names.includes('')) return 'headers: a prepared statement has no name';
  if (new Set(names).size < names.length)
    return 'headers: two prepared statements have names that differ in case or blanks only';
  return undefined;
}
