/** What a failed exchange with a backend says about the backend. */
import { systemCode } from '../../src/base/errors.ts';

/** `refused`: nothing was sent. `cut`: it may have been. `silent`: it took too long. */
export type FailureKind = 'refused' | 'cut' | 'silent';

const REFUSED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const SILENT: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

export function failureKind(error: unknown): FailureKind {
  const code = systemCode(error) ?? '';
  // A handshake that fails comes before the request, as a refused connection does.
  if (REFUSED.has(code) || /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return 'refused';
  return SILENT.has(code) ? 'silent' : 'cut';
}

/** 502, 503, 504: something before the coordinator, or a coordinator going down, could not answer. */
export function isTransientStatus(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}
