/**
 * Connections for a library that sends its own requests and follows any address it is told: kept alive, bounded, and
 * none to a host that the run may not contact. The rule stands where a connection is made, so that a `nextUri`, a
 * redirect and whatever else leads somewhere meet it alike.
 */
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isLoopback } from '../../plan/safety/contact.ts';
import { withCode } from '../http/connection.ts';
import type { WireOptions } from '../wire.ts';

export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export interface GuardedAgents {
  /** The agents as one statement has them: the same connections, and each of its requests is told before it may leave. */
  seenBy(onRequest: (request: ClientRequest) => void): Agents;
  close(): void;
}

type Options = Pick<WireOptions, 'connections' | 'mayContact' | 'tls'>;

export function guardedAgents({ connections, mayContact, tls = {} }: Options): GuardedAgents {
  const settings = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const http = guarded(new HttpAgent(settings), 'http:', mayContact);
  const https = guarded(new HttpsAgent({ ...settings, ...tls }), 'https:', mayContact);
  return {
    seenBy: (onRequest) => ({ http: seen(http, onRequest), https: seen(https, onRequest) }),
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function guarded<A extends HttpAgent>(agent: A, protocol: string, mayContact: Options['mayContact']): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const url = new URL(`${protocol}//${bracketed(options.host ?? '')}:${options.port}`);
    if (mayContact(url)) return connect(options, callback);
    callback?.(withCode(`the answer leads to ${url.host}`, 'host-not-allowed'), undefined as never);
    return undefined;
  };
  return agent;
}

/** How Node's requests come to their agent; every agent has it, though the types leave it out. */
interface TakesRequests {
  addRequest(request: ClientRequest, options: unknown): void;
}

function seen<A extends HttpAgent>(agent: A, onRequest: (request: ClientRequest) => void): A {
  const takes = agent as unknown as TakesRequests;
  const value = (request: ClientRequest, options: unknown): void => {
    const { host, protocol } = request;
    if (request.hasHeader('authorization') && protocol === 'http:' && !isLoopback(bracketed(host)))
      throw withCode(`${host} is not asked over TLS`, 'credentials-in-clear');
    onRequest(request);
    takes.addRequest(request, options);
  };
  return Object.create(agent, { addRequest: { value } }) as A;
}

/** An address of IPv6 as it stands in a URL. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
