/** What is kept of a statement beyond the call that brought it: in the queue, or for a re-run. */
import { HEADER } from '../../src/trino/headers.ts';
import { firstValue, ownText } from '../relay/fields.ts';
import { isObviouslyNoQuery } from '../rerun/read-only.ts';
import type { ProxyContext } from './context.ts';
import { type Submission, type Taken, waitsInLine } from './submission.ts';

/** The submission without anything of its first call, whose connection serves other requests now. */
export function keepable(submission: Submission): Submission {
  const { client, origin } = submission;
  const { connection, host, address, isSecure } = client;
  const values = client.fields.values.map(ownText);
  const fields = { names: client.fields.names, values };
  return {
    ...submission,
    client: { fields, connection, host, address, isSecure },
    origin: {
      method: origin.method,
      url: ownText(origin.url),
      header: (name) => firstValue(fields, name.toLowerCase()) ?? null,
    },
    heldBytes: submission.heldBytes + headerBytes(submission),
  };
}

function headerBytes({ client: { fields } }: Submission): number {
  const { names, values } = fields;
  return values.reduce((sum, v, i) => sum + v.length + (names[i]?.lower.length ?? 0), 0);
}

/**
 * Keeps a statement that a cluster has taken for as long as it could be run again. What it is for sure is found out when
 * it is needed; here it is only left out what cannot be run again anyway, and a bound is kept. Answers why it is not
 * kept, where that is so.
 */
export function keepForRerun(ctx: ProxyContext, submission: Submission, taken: Taken): NotKept | undefined {
  const { nextPath, proxyTo, queryId } = taken;
  const { rerun } = ctx.config;
  if (!rerun.enabled) return 'off';
  const reason = whyNotKept(ctx, submission);
  if (reason !== undefined || nextPath === undefined) return reason ?? 'unknown';
  const { body } = submission;
  const bytes = body.length + headerBytes(submission);
  const isKept = ctx.reruns.kept.keep(queryId, bytes, { proxyTo, nextPath }, () => ({
    ...keepable(submission),
    // What was read from a socket is a piece of a larger buffer.
    body: Buffer.from(body),
  }));
  if (isKept) return undefined;
  ctx.counters.rerunsNotKept++;
  return 'not-kept';
}

/**
 * Why a statement would not be run again: `writes`: its first word says so; `transaction`: it belongs to one; `tied`: to
 * one cluster; `unwanted`: its client, a rule or its group does not want it; `not-kept`: no room; `off`: by configuration;
 * `unknown`: the answer of the cluster named no page that could be recognised.
 */
export type NotKept = 'writes' | 'transaction' | 'tied' | 'unwanted' | 'not-kept' | 'off' | 'unknown';

function whyNotKept(ctx: ProxyContext, submission: Submission): NotKept | undefined {
  const { body, mayRerun, origin, wanted } = submission;
  const { rerun, routing } = ctx.config;
  const transaction = origin.header(HEADER.transactionId);
  if (transaction !== null && transaction.toUpperCase() !== 'NONE') return 'transaction';
  if (isObviouslyNoQuery(body)) return 'writes';
  if (!waitsInLine(submission)) return 'tied';
  const tags = origin.header(HEADER.clientTags)?.split(',') ?? [];
  const isGroupOut =
    Object.hasOwn(routing.groups, wanted.group) && routing.groups[wanted.group]?.rerun === false;
  const isOut = !mayRerun || isGroupOut || tags.some((tag) => tag.trim() === rerun.optOutTag);
  return isOut ? 'unwanted' : undefined;
}
