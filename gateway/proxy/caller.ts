/** One client request being answered, and whether the client is still there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RoutedRequest } from '../routing/request.ts';
import { firstHeader } from './headers.ts';
import { type Target, targetOf } from './paths.ts';

export class Caller implements RoutedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: string;
  readonly target: Target;
  readonly address: string;
  /** True once the client has hung up before its answer was complete. */
  gone = false;
  /** Called when the client hangs up; whoever works for it at the time sets it. */
  onGone: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    this.target = targetOf(this.url);
    this.address = request.socket.remoteAddress ?? '';
    response.on('close', () => {
      if (response.writableFinished) return;
      this.gone = true;
      this.onGone?.();
    });
  }

  get rawHeaders(): readonly string[] {
    return this.request.rawHeaders;
  }

  get path(): string {
    return this.target.path;
  }

  header(name: string): string | null {
    return firstHeader(this.rawHeaders, name.toLowerCase()) ?? null;
  }
}
