/**
 * What a coordinator with the HTTP event listener sends: QueryCreated when a query begins, QueryCompleted at its end, in
 * Trino's JSON as far as its readers need it. As from Trino, an event may overtake another one.
 */
import { Agent, request as httpRequest } from 'node:http';
import type { StubConfig } from '../config.ts';
import type { Query } from './query.ts';

export interface EventSender {
  created(query: Query): void;
  completed(query: Query, errorName: string): void;
  /** Resolves when what was said so far has been sent, or given up. */
  flushed(): Promise<void>;
}

const SILENT: EventSender = {
  created: () => undefined,
  completed: () => undefined,
  flushed: () => Promise.resolve(),
};
const TRIES = 3;
/** A listener that is slow to answer must not hold the next events up. */
const MOST_SOCKETS = 16;

export function eventSender(config: StubConfig): EventSender {
  const { eventListener } = config;
  if (eventListener === undefined) return SILENT;
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS });
  const sending = new Set<Promise<void>>();
  const say = (event: object) => {
    const text = JSON.stringify(event);
    const sent = send(eventListener, text, agent).finally(() => sending.delete(sent));
    sending.add(sent);
  };
  return {
    created: (query) => say(eventOf(query, 'QUEUED')),
    completed: (query, errorName) =>
      say({
        ...eventOf(query, errorName === '' ? 'FINISHED' : 'FAILED'),
        endTime: new Date().toISOString(),
        ...(errorName !== '' && { failureInfo: { errorCode: { name: errorName } } }),
      }),
    async flushed() {
      await Promise.all(sending);
    },
  };
}

async function send(to: NonNullable<StubConfig['eventListener']>, text: string, agent: Agent): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) if (await post(to, text, agent)) return;
}

function eventOf({ createdWallMs, id, session, sql }: Query, queryState: string): object {
  return {
    createTime: new Date(createdWallMs).toISOString(),
    context: { user: session.user, source: session.source, traceToken: session.traceToken },
    metadata: { queryId: id, query: sql, queryState },
  };
}

function post(
  { uri, authorization }: NonNullable<StubConfig['eventListener']>,
  text: string,
  agent: Agent,
): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpRequest(
      uri,
      {
        method: 'POST',
        agent,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(text),
          Authorization: authorization,
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200));
        response.once('error', () => resolve(false));
      },
    );
    request.once('error', () => resolve(false));
    request.end(text);
  });
}
