/** A coordinator that plays a script, one step a request, on a real socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { buildPlan } from '../../src/plan/build.ts';
import type { PlannedQuery } from '../../src/plan/plan.ts';
import { record, scenario } from '../plan/factory.ts';

export const ID = '20260302_081500_00042_ab3de';
export type Step = (req: IncomingMessage, res: ServerResponse, base: string) => void;

/** A page of the query; with a `nextUri` unless it is the last. */
export const page =
  (fields: object, next = true): Step =>
  (_, res, base) => {
    const body = {
      id: ID,
      stats: { state: 'RUNNING' },
      ...(next ? { nextUri: `${base}/next` } : {}),
      ...fields,
    };
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(body));
  };
export const status =
  (code: number, text = ''): Step =>
  (_, res) => {
    res.statusCode = code;
    res.end(text);
  };
export const cut: Step = (req) => req.socket.destroy();
export const silence: Step = () => {};
/** The head and half of the body, then the end of the connection. */
export const breaksOff: Step = (req, res) => {
  res.setHeader('content-length', '100');
  res.write('{"id":');
  setImmediate(() => req.socket.destroy());
};
/** A redirect that keeps method and body. */
export const redirect =
  (to: string): Step =>
  (_, res) => {
    res.statusCode = 307;
    res.setHeader('location', to);
    res.end();
  };

export interface Scripted {
  readonly base: string;
  readonly server: Server;
  /** All requests so far, cancels too. */
  readonly seen: readonly IncomingMessage[];
}

/** Plays the steps in order, one per request; DELETEs are noted and answered 204. `onRequest` is told the number of each other one. */
export async function scripted(
  steps: readonly Step[],
  onRequest: (index: number) => void = () => {},
): Promise<Scripted> {
  const seen: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    seen.push(req);
    if (req.method === 'DELETE') return status(204)(req, res, '');
    const index = seen.filter((r) => r.method !== 'DELETE').length;
    onRequest(index);
    (steps[index - 1] ?? status(500, 'no step left'))(req, res, base);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { base, server, seen };
}

/** The one query of a small plan. */
export function oneQuery(fields: Parameters<typeof record>[0] = {}): PlannedQuery {
  const [query] = buildPlan([record(fields)], scenario({ baseline: { share: 0 } })).queries;
  if (query === undefined) throw new Error('no query');
  return query;
}
