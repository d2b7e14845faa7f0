/** The rules file through the API: what is in it, and one rule exchanged for another. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorText, ProblemsError } from '../../../src/base/errors.ts';
import { writeWhole } from '../../../src/base/files.ts';
import { shortened } from '../../../src/base/shorten.ts';
import { readText } from '../../../src/base/yaml.ts';
import { EVERYBODY } from '../../auth/principal.ts';
import type { CompileOptions } from '../../rules/compile/text.ts';
import { type RuleText, ruleTexts, withRule } from '../../rules/rules-text.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { withFileLock } from '../file-lock.ts';
import { readJson } from '../input.ts';
import { type Answer, type ApiRequest, empty, envelope, mistake, type Route, text } from '../route.ts';

const ADMIN = ['ADMIN'] as const;

/** Says why an answer is empty. */
const REASON = 'X-Trino-Gateway-Reason';
const NO_FILE = 'There is no rules file: routingRules.rulesConfigPath names none.';

const ruleInput = z.strictObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  priority: z.number().int().default(0),
  actions: z.array(z.string().min(1)).min(1),
  condition: z.string().min(1),
});

export function routingRulesRoutes(ctx: AdminContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/webapp/getRoutingRules',
      roles: ADMIN,
      body: 'none',
      handle: () =>
        withFile(ctx, noRules, (file, options) => {
          const rules = ruleTexts(readText(file, 'Rules file'), file, options);
          return envelope(rules, isStrict(ctx) ? undefined : noteOn(ctx, rules));
        }),
    },
    {
      method: 'POST',
      path: '/webapp/updateRoutingRules',
      roles: ADMIN,
      body: 'json',
      handle: (request) =>
        withFile(ctx, nothingToChange, async (file, options) => {
          const read = readJson(request.body, ruleInput, { strict: isStrict(ctx) });
          if ('refusal' in read) return read.refusal;
          const rule = { ...read.value, description: read.value.description ?? '' };
          const rules = await withFileLock(file, () => rewritten(file, rule, options));
          if (!rules.some(({ name }) => name === rule.name)) return envelope(rules, unknownRule(ctx, rule));
          await ctx.reloads.now('api');
          recordRule(ctx, rule, request);
          return envelope(rules);
        }),
    },
  ];
}

/** What there is to say of a list of rules beside the list; undefined where it is simply in force. */
function noteOn(ctx: AdminContext, rules: readonly RuleText[]): string | undefined {
  const { rulesConfigPath, rulesEngineEnabled } = ctx.config.routingRules;
  if (rules.length === 0) return `The rules file ${rulesConfigPath} holds no rules.`;
  if (ctx.rules !== undefined) return undefined;
  const why = rulesEngineEnabled ? 'routing.routers leaves them out' : 'rulesEngineEnabled is false';
  return `These rules are not in force: ${why}.`;
}

/** An external service is told as the Java gateway does, whose words never arrive behind a 204; ours are a header. */
function noRules(ctx: AdminContext): Answer {
  const { rulesEngineEnabled, rulesType } = ctx.config.routingRules;
  if (rulesEngineEnabled && rulesType === 'EXTERNAL')
    return { ...empty(204), headers: { [REASON]: 'Routing rules are managed by an external service' } };
  return envelope([], NO_FILE);
}

function nothingToChange(ctx: AdminContext): Answer {
  return mistake(isStrict(ctx), 409, `Nothing was changed. ${NO_FILE}`);
}

function unknownRule(ctx: AdminContext, { name }: RuleText): string | undefined {
  if (isStrict(ctx)) return undefined;
  return `Nothing was changed: no rule is named ${JSON.stringify(shortened(name))}.`;
}

/** Behind the answer's back: the file has changed, whatever becomes of the record. */
function recordRule({ log, store }: AdminContext, rule: RuleText, { address, caller }: ApiRequest): void {
  store
    .recordChange({
      actor: caller === EVERYBODY ? '' : caller.name,
      origin: address,
      action: 'update',
      kind: 'rule',
      name: rule.name,
      after: JSON.stringify(rule),
    })
    .catch((error: unknown) =>
      log.warn({ reason: errorText(error) }, 'a change of the rules was not recorded'),
    );
}

/** Replaces the rule of that name; an unknown name changes nothing, as in the Java gateway. */
function rewritten(file: string, rule: RuleText, options: CompileOptions): RuleText[] {
  const before = readFileSync(file, 'utf8');
  const after = withRule(before, file, rule, options);
  if (after !== undefined) writeWhole(file, after);
  return ruleTexts(after ?? before, file, options);
}

/** What is wrong with a rule is told with its place; nothing is written then. */
async function withFile(
  ctx: AdminContext,
  without: (ctx: AdminContext) => Answer,
  use: (file: string, options: CompileOptions) => Promise<Answer> | Answer,
): Promise<Answer> {
  const { rulesConfigPath, rulesEngineEnabled, rulesType } = ctx.config.routingRules;
  const isExternal = rulesEngineEnabled && rulesType === 'EXTERNAL' && ctx.rules === undefined;
  if (isExternal || rulesConfigPath === undefined) return without(ctx);
  try {
    return await use(rulesConfigPath, ctx.config.requestAnalyzerConfig);
  } catch (error) {
    if (error instanceof ProblemsError) {
      const problems = error.problems.map((p) => `line ${p.line}, column ${p.column}: ${p.message}`);
      return text(400, `The rules would not be valid, so nothing was changed.\n${problems.join('\n')}`);
    }
    ctx.log.warn({ reason: errorText(error) }, 'the rules file could not be read or written');
    return text(503, 'The rules file cannot be read or written now');
  }
}
