/** The request headers with which a recorded query is asked again. */
import type { DumpRecord } from '../dump/record.ts';
import { encodePairs, HEADER } from '../trino/headers.ts';

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
  put(HEADER.preparedStatement, encodePairs(record.prepared));
  return headers;
}

/** Header values are Latin-1 without control characters; what else a dump holds is written as `?`. */
function printable(value: string): string {
  return value.replace(/[^\t\x20-\x7e\xa0-\xff]/g, '?');
}
