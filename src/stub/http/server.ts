/** The HTTP side: which request goes where, and when it is answered at all. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { sleep } from '../../base/clock.ts';
import { errorText } from '../../base/errors.ts';
import { MAX_HEADER_BYTES, STATEMENT_PATH } from '../../trino/headers.ts';
import type { Coordinator } from '../coordinator/coordinator.ts';
import { forwardingHeader } from './base-uri.ts';
import { answerControl, type Knobs } from './control.ts';
import { answerInfo } from './info.ts';
import { answerQueries } from './query-resource.ts';
import { type Exchange, type Handled, NO_RESOURCE_TEXT, sendText } from './reply.ts';
import { statementFollowUp, statementRoot } from './statement.ts';
import { answerUi, type UiTokens, uiTokens } from './ui.ts';

const CONTROL_PATH = '/stub/v1/';

/** Makes the server; it does not listen yet. */
export function stubHttpServer(coordinator: Coordinator): Server {
  const door = new Door(coordinator);
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, noDelay: true }, (req, res) => {
    door.enter(req, res).catch((error: unknown) => fail(res, error));
  });
  // Trino keeps idle connections for minutes and has no limit for a whole request.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.maxRequestsPerSocket = 0;
  return server;
}

function fail(res: ServerResponse, error: unknown): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const text = Buffer.from(`Error 500 Internal Server Error: ${errorText(error)}`);
  res.writeHead(500, { 'Content-Type': 'text/plain', 'Content-Length': String(text.length) });
  res.end(text);
}

/** Decides whether and when a request is answered, then passes it to its resource. */
class Door {
  readonly #coordinator: Coordinator;
  readonly #tokens: UiTokens = uiTokens();
  readonly #knobs: Knobs = { hang: false, submitDelayMs: 0, pollDelayMs: 0 };
  #held: (() => void)[] = [];

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  async enter(req: IncomingMessage, res: ServerResponse): Promise<Handled> {
    const coordinator = this.#coordinator;
    const exchange: Exchange = { req, res, gzip: coordinator.config.gzip };
    const target = req.url ?? '/';
    const path = target.includes('?') ? target.slice(0, target.indexOf('?')) : target;
    if (path.startsWith(CONTROL_PATH)) {
      return answerControl(coordinator, this.#knobs, () => this.#release(), exchange, path);
    }
    const silentMs = coordinator.readiness.answersAtMs - coordinator.uptimeMs();
    if (silentMs > 0) await sleep(coordinator.clock, silentMs);
    if (this.#knobs.hang) await new Promise<void>((resume) => this.#held.push(resume));
    const refused = coordinator.config.processForwarded ? undefined : forwardingHeader(req.headers);
    if (refused !== undefined) return refuseForwarded(exchange, refused);
    if (path === STATEMENT_PATH) {
      if (this.#knobs.submitDelayMs > 0) await sleep(coordinator.clock, this.#knobs.submitDelayMs);
      return statementRoot(coordinator, exchange);
    }
    if (path.startsWith(`${STATEMENT_PATH}/`)) {
      if (this.#knobs.pollDelayMs > 0) await sleep(coordinator.clock, this.#knobs.pollDelayMs);
      return statementFollowUp(coordinator, exchange, path);
    }
    return this.#sideDoors(exchange, target);
  }

  async #sideDoors(exchange: Exchange, target: string): Promise<Handled> {
    const url = new URL(target, 'http://stub');
    if (answerInfo(this.#coordinator, exchange, url)) return 'handled';
    if (await answerQueries(this.#coordinator, exchange, url)) return 'handled';
    if (await answerUi(this.#coordinator, this.#tokens, exchange, url)) return 'handled';
    return sendText(exchange, 404, NO_RESOURCE_TEXT);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const resume of held) resume();
  }
}

/** What airlift's RejectForwardedRequestCustomizer answers by default. */
function refuseForwarded(exchange: Exchange, header: string): Handled {
  const name = header.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
  const reason = `Server configuration does not allow processing of the ${name} header`;
  return sendText(
    exchange,
    406,
    `HTTP ERROR 406 ${reason}\nURI: ${exchange.req.url}\nSTATUS: 406\nMESSAGE: ${reason}\n`,
    {
      'Content-Type': 'text/plain;charset=iso-8859-1',
    },
  );
}
