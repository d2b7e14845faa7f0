/** Proof of who we are, for each request; the secrets live in this room only while a run goes on. */
import { readFileSync, statSync } from 'node:fs';
import type { TlsSettings } from './http/connection.ts';

/** Secrets as read, ready to be handed to a thread. */
export interface Access {
  readonly basic?: { readonly user: string; readonly password: string } | undefined;
  readonly token?: string | undefined;
  /** Read again while the run goes on. */
  readonly tokenFile?: string | undefined;
  readonly tls: TlsSettings;
}

const RELOAD_MS = 30_000;

/** The headers of a request that begins now. The same object until a token changes, so that they are written once. */
export function credentialsOf(access: Access, nowMs: () => number): () => Readonly<Record<string, string>> {
  const { basic, token, tokenFile } = access;
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
  if (tokenFile !== undefined) return fromFile(tokenFile, nowMs, bearer);
  if (token !== undefined) return constant(bearer(token));
  if (basic === undefined) return constant({});
  const pair = Buffer.from(`${basic.user}:${basic.password}`, 'utf8').toString('base64');
  return constant({ authorization: `Basic ${pair}` });
}

function constant(headers: Readonly<Record<string, string>>) {
  return () => headers;
}

/** A token that cannot be read just now stays the one before: its file is being replaced. */
function fromFile(
  file: string,
  nowMs: () => number,
  headersOf: (token: string) => Record<string, string>,
): () => Readonly<Record<string, string>> {
  let changedMs = -1;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let headers: Readonly<Record<string, string>> = {};
  return () => {
    if (nowMs() - readAtMs < RELOAD_MS) return headers;
    readAtMs = nowMs();
    try {
      const { mtimeMs } = statSync(file);
      const token = mtimeMs === changedMs ? '' : readFileSync(file, 'utf8').trim();
      if (token !== '') [headers, changedMs] = [headersOf(token), mtimeMs];
    } catch {
      // Whoever started the run has read it once; what fails now is told by the answers (401).
    }
    return headers;
  };
}
