/** From a request's bytes to the text to analyse. */
import { z } from 'zod';
import { preparedStatements } from '../../src/trino/prepared.ts';

/** What the analysis reads of a request. */
export interface AnalysisRequest {
  readonly method: string;
  readonly contentType?: string | undefined;
  /** The whole body, or nothing for a request without one. */
  readonly body: Buffer | undefined;
  /** `X-Trino-Catalog`. */
  readonly catalog: string | undefined;
  /** `X-Trino-Schema`. */
  readonly schema: string | undefined;
  /** Every `X-Trino-Prepared-Statement` line. */
  readonly preparedStatements: readonly string[];
}

export interface BodyRules {
  /** In UTF-16 units, as the Java gateway counts; a body of this length or longer is not analysed. */
  readonly maxBodySize: number;
  /** Bodies may be JSON: `{"query": "…", "preparedStatements": {"name": "text"}}`. */
  readonly clientsUseV2Format: boolean;
}

export type ReadBody =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'too-long' }
  | {
      readonly kind: 'text';
      readonly text: string;
      /** The texts are encoded where they come from headers. */
      readonly prepared: ReadonlyMap<string, string>;
      readonly preparedAreEncoded: boolean;
    };

const v2Body = z.object({ query: z.string(), preparedStatements: z.record(z.string(), z.string()) });

/** A UTF-8 unit of two bytes and more makes at least one UTF-16 unit per three bytes. */
const MOST_BYTES_PER_UNIT = 3;

/** Throws `BadPreparedStatement`. */
export function readBody(request: AnalysisRequest, rules: BodyRules): ReadBody {
  const { body } = request;
  if (body === undefined || body.length === 0 || !isUtf8(request.contentType)) return { kind: 'nothing' };
  const prepared = preparedStatements(request.preparedStatements);
  if (body.length >= rules.maxBodySize * MOST_BYTES_PER_UNIT) return { kind: 'too-long' };
  const text = body.toString('utf8');
  if (text.length >= rules.maxBodySize) return { kind: 'too-long' };
  const wrapped = rules.clientsUseV2Format ? unwrap(text) : undefined;
  return wrapped === undefined
    ? { kind: 'text', text, prepared, preparedAreEncoded: true }
    : {
        kind: 'text',
        text: wrapped.query,
        prepared: new Map(Object.entries(wrapped.preparedStatements)),
        preparedAreEncoded: false,
      };
}

function isUtf8(contentType: string | undefined): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
  return charset === undefined || /^utf-8$/i.test(charset);
}

/** Undefined when the text is no such JSON: it is then taken as SQL, as in the Java gateway. */
function unwrap(text: string): z.infer<typeof v2Body> | undefined {
  try {
    return v2Body.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
