/** A worker thread that holds one SQLite file: a slow disk or a long search holds up nobody else. */
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite, type SqliteFile } from './sqlite-file.ts';
import type { SqliteEnd, SqliteReply, SqliteRequest } from './sqlite-thread.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');

let file: SqliteFile | undefined;

port.on('message', (message: SqliteRequest | SqliteEnd) => {
  if (message === 'end') {
    file?.close();
    port.close();
  } else {
    port.postMessage(reply(message.id, message.text, message.parameters));
  }
});

function reply(id: number, text: string, parameters: readonly unknown[]): SqliteReply {
  try {
    // A file that could not be opened is tried again with the next statement.
    file ??= openSqlite(String(workerData));
    return { id, answer: file.ask(text, parameters) };
  } catch (error) {
    const { message, code, errcode } = error as { message: string; code?: string; errcode?: number };
    return { id, error: { message, code, errcode } };
  }
}
