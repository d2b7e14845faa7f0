/** Events as Trino's HTTP event listener writes them (io.trino.spi.eventlistener), as far as the ledger needs them. */
import { z } from 'zod';
import type { Told } from '../measure/record/told.ts';

/** Unlike what a cluster is asked for, what it sends may grow by release: other fields are left alone. */
const eventSchema = z.looseObject({
  context: z.looseObject({ traceToken: z.string().nullish() }),
  metadata: z.looseObject({ queryId: z.string().min(1).max(200), queryState: z.string().max(100) }),
  /** Of a completed one alone. */
  endTime: z.union([z.string(), z.number()]).nullish(),
  failureInfo: z.looseObject({ errorCode: z.looseObject({ name: z.string().max(200) }).nullish() }).nullish(),
});

export type ToldEvent = Pick<Told, 'type' | 'queryId' | 'token' | 'state' | 'errorName'>;

/** Undefined for what is no QueryCreated or QueryCompleted event. */
export function readEvent(text: string): ToldEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = eventSchema.safeParse(value);
  if (data === undefined) return undefined;
  const { context, endTime, failureInfo, metadata } = data;
  return {
    type: endTime === undefined || endTime === null ? 'created' : 'completed',
    queryId: metadata.queryId,
    token: (context.traceToken ?? '').slice(0, 200),
    state: metadata.queryState,
    errorName: failureInfo?.errorCode?.name ?? '',
  };
}
