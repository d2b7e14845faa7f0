/** /stub/v1: how a test steers a running stub. Loopback only; everything is off until asked for. */
import { z } from 'zod';
import type { Coordinator } from '../coordinator/coordinator.ts';
import { namedError } from '../errors.ts';
import { readBody } from './body.ts';
import { type Exchange, type Handled, sendText, sendValue } from './reply.ts';

/** Switches that change how requests are answered. */
export interface Knobs {
  /** Requests are accepted and never answered; those that came meanwhile are answered when it is switched off. */
  hang: boolean;
  submitDelayMs: number;
  pollDelayMs: number;
}

const hangSchema = z.strictObject({ on: z.boolean() });
const delaySchema = z.strictObject({
  submitMs: z.number().min(0).default(0),
  pollMs: z.number().min(0).default(0),
});
const failSchema = z.strictObject({
  errorName: z.string(),
  errorCode: z.int().optional(),
  errorType: z.string().optional(),
  message: z.string().optional(),
  next: z.int().min(0).default(1),
});

const loseWorkerSchema = z.strictObject({
  tolerant: z.boolean().default(false),
  delayMs: z.number().min(0).default(0),
});

/** What GET /stub/v1/state answers. */
export interface StubState {
  readonly suffix: string;
  readonly phase: string;
  readonly running: number;
  readonly queued: number;
  /** Queries that have not ended, those only posted among them. */
  readonly open: number;
  /** Trace tokens of the statements on which a planted defect took effect. */
  readonly planted: Readonly<Record<string, readonly string[]>>;
  readonly totals: { readonly posts: number; readonly polls: number; readonly unknownIds: number };
}

/** The state as numbers. */
export function stubState(coordinator: Coordinator): StubState {
  return {
    suffix: coordinator.suffix,
    phase: coordinator.phase(),
    running: coordinator.running,
    queued: coordinator.queued,
    open: coordinator.open(),
    planted: coordinator.plants.record(),
    totals: { ...coordinator.totals },
  };
}

const LOOPBACK = /^(::1$|127\.|::ffff:127\.)/;

/** Answers a request below /stub/v1/. `released` is called when hanging ends. */
export async function answerControl(
  coordinator: Coordinator,
  knobs: Knobs,
  released: () => void,
  exchange: Exchange,
  path: string,
): Promise<Handled> {
  if (!LOOPBACK.test(exchange.req.socket.remoteAddress ?? ''))
    return sendText(exchange, 403, 'Loopback only');
  if (path === '/stub/v1/state') return sendValue(exchange, stubState(coordinator));
  let body: unknown;
  try {
    body = JSON.parse((await readBody(exchange.req)) ?? '');
  } catch {
    return sendText(exchange, 400, 'Expected a JSON body');
  }
  const problem = apply(coordinator, knobs, path, body);
  if (problem !== undefined) return sendText(exchange, problem === '' ? 404 : 400, problem);
  if (!knobs.hang) released();
  return sendText(exchange, 204, '');
}

/** Turns one knob; answers what was wrong, '' for an unknown knob. */
function apply(coordinator: Coordinator, knobs: Knobs, path: string, body: unknown): string | undefined {
  switch (path) {
    case '/stub/v1/hang': {
      const hang = hangSchema.safeParse(body);
      if (!hang.success) return z.prettifyError(hang.error);
      knobs.hang = hang.data.on;
      return undefined;
    }
    case '/stub/v1/delay': {
      const delay = delaySchema.safeParse(body);
      if (!delay.success) return z.prettifyError(delay.error);
      knobs.submitDelayMs = delay.data.submitMs;
      knobs.pollDelayMs = delay.data.pollMs;
      return undefined;
    }
    case '/stub/v1/fail': {
      const fail = failSchema.safeParse(body);
      if (!fail.success) return z.prettifyError(fail.error);
      coordinator.failNext(namedError(fail.data.errorName, fail.data), fail.data.next);
      return undefined;
    }
    case '/stub/v1/lose-worker': {
      const lost = loseWorkerSchema.safeParse(body);
      if (!lost.success) return z.prettifyError(lost.error);
      coordinator.loseWorker(lost.data.tolerant ? lost.data.delayMs : undefined);
      return undefined;
    }
    default:
      return '';
  }
}
