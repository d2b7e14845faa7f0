/** One HTTP request of a monitor. */
import { errorText } from '../../../src/base/errors.ts';
import { askBackend, valuesOf } from '../../relay/question.ts';
import type { MonitorSettings, MonitorTarget } from './monitor.ts';

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly setCookies: readonly string[];
}

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Further attempts on 502, 503, 504. */
  readonly retries?: number;
}

/** The answer, or a text saying why there is none. Redirects are not followed. Rejects only on abort. */
export async function ask(
  { pools, proxyTo, signal }: MonitorTarget,
  { forwardedProto, timeoutMs }: Pick<MonitorSettings, 'forwardedProto' | 'timeoutMs'>,
  path: string,
  { body, headers = {}, method = 'GET', retries = 0 }: Question = {},
): Promise<Answered | string> {
  for (let left = retries; ; left--) {
    try {
      const { fields, status, text } = await askBackend(pools, proxyTo, path, {
        method,
        headers: forwardedProto ? { ...headers, 'x-forwarded-proto': 'https' } : headers,
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (left > 0 && status >= 502 && status <= 504) continue;
      return { status, text, setCookies: valuesOf(fields, 'set-cookie') };
    } catch (error) {
      signal.throwIfAborted();
      const late = error instanceof DOMException && error.name === 'TimeoutError';
      return `${path}: ${late ? `no answer in ${timeoutMs} ms` : errorText(error)}`;
    }
  }
}

/** The JSON of a 200 answer, or a text saying why there is none. */
export function jsonOf(answer: Answered | string, path: string): { readonly json: unknown } | string {
  if (typeof answer === 'string') return answer;
  if (answer.status !== 200) return `${path} answered ${answer.status}`;
  try {
    return { json: JSON.parse(answer.text) };
  } catch {
    return `${path} answered no JSON`;
  }
}

export function basicAuth(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
