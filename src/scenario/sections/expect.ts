/** `expect`: where queries have to run, said independently of the gateway. */
import { z } from 'zod';

export const textMatch = z
  .union([
    z.string(),
    z.strictObject({ matches: z.string().describe('regular expression (RE2), found anywhere') }),
  ])
  .describe('equal to a text, or `{matches: regex}`');

export const expectation = z
  .strictObject({
    when: z
      .strictObject({
        source: textMatch.optional(),
        user: textMatch.optional(),
        clientTags: z
          .union([z.literal('none'), z.literal('some'), z.strictObject({ includes: z.string() })])
          .optional()
          .describe('`none`, `some`, or `{includes: tag}`'),
      })
      .optional()
      .describe('conditions on the recorded query, all must hold; without it the expectation always holds'),
    group: z.string().optional().describe('the routing group it has to run in'),
    recorded: z
      .literal(true)
      .optional()
      .describe('take the group that production chose, as the dump tells it'),
  })
  .describe('where queries have to run, said independently of the gateway; the first that holds decides');
