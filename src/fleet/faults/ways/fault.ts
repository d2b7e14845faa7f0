/** How a way between two programs can be broken. */
import { z } from 'zod';

const ms = z.number().min(0);

/** As the control of the proxies takes it. */
export const wayFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('refuse') }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('half-open') }),
  z.strictObject({ kind: z.literal('black-hole') }),
  z.strictObject({ kind: z.literal('delay'), delayMs: ms, jitterMs: ms.default(0) }),
  z.strictObject({ kind: z.literal('bandwidth'), bytesPerSecond: z.number().positive() }),
  z.strictObject({ kind: z.literal('cut-body'), bytes: z.number().min(0) }),
]);

export type WayFault = z.output<typeof wayFaultSchema>;
