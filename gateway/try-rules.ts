/** Rules tried on requests that nobody sent: the door of the rules for commands. */
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { createIdentifier } from './identity/identifier.ts';
import type { DescribedRequest } from './rules/cases.ts';
import type { RuleAnalysis, RuleRequest } from './rules/facts.ts';
import { type RuleExplanation, type RuleSet, ruleSet } from './rules/rule-set.ts';
import { loadRules } from './rules/rules-file.ts';
import { type Analyzer, createAnalyzer } from './sql/analyzer.ts';

export { type DescribedRequest, type RuleCase, readCases, readRequest } from './rules/cases.ts';
export type { RuleExplanation, RuleSaying } from './rules/rule-set.ts';

export interface TrialOptions {
  readonly firstMatch: boolean;
  /** Whether the gateway that is to run the rules has `requestAnalyzerConfig.analyzeRequest`. */
  readonly analyzeRequest: boolean;
}

/** A rules file that answers for described requests. */
export interface RuleTrial {
  readonly ruleNames: readonly string[];
  explain(request: DescribedRequest): Promise<RuleExplanation>;
}

/** What several trials share: statements are analysed once for all of them. */
export interface TrialBench {
  /** Loads a rules file. Throws `FILE_MISSING` or a `ProblemsError`. */
  load(file: string, options: TrialOptions): RuleTrial;
  close(): Promise<void>;
}

const PATIENCE_MS = 60_000;

export function createTrialBench(): TrialBench {
  const identifier = createIdentifier({ clock: systemClock });
  let analyzer: Analyzer | undefined;

  async function analysisFor(
    rules: RuleSet,
    described: DescribedRequest,
    request: RuleRequest,
  ): Promise<RuleAnalysis | undefined> {
    if (!rules.needsAnalysis) return undefined;
    // Nobody waits for a connection here, so an answer does not depend on how busy the machine is.
    analyzer ??= createAnalyzer({ timeLimitMs: PATIENCE_MS, longestWaitMs: PATIENCE_MS });
    const query = await analyzer.analyse({
      method: described.method,
      contentType: request.header('content-type') ?? undefined,
      body: Buffer.from(rules.needsQuery ? described.body : '', 'utf8'),
      catalog: request.header('x-trino-catalog') ?? undefined,
      schema: request.header('x-trino-schema') ?? undefined,
      preparedStatements: linesOf(described, 'x-trino-prepared-statement'),
    });
    return { query, user: await identifier.identify(request) };
  }

  return {
    load(file, options) {
      const rules = ruleSet(loadRules(file, options), silentLog, options);
      return {
        ruleNames: rules.rules.map(({ name }) => name),
        async explain(described) {
          const request = ruleRequest(described);
          return rules.explain(request, await analysisFor(rules, described, request));
        },
      };
    },
    async close() {
      await Promise.all([analyzer?.close(), identifier.close()]);
    },
  };
}

function ruleRequest(described: DescribedRequest): RuleRequest {
  const { method, path: url, address } = described;
  const lines = headerLines(described);
  const first = new Map(lines.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    url,
    path: url.split('?')[0] ?? url,
    address,
    rawHeaders: lines.flat(),
    header: (name) => first.get(name.toLowerCase()) ?? null,
  };
}

/** Name and value of each header line; `user` adds the user's header where none is written. */
function headerLines({ headers, user }: DescribedRequest): readonly (readonly [string, string])[] {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((line) => [name, line] as const),
  );
  const named = lines.some(([name]) => name.toLowerCase() === 'x-trino-user');
  return user === undefined || named ? lines : [['X-Trino-User', user], ...lines];
}

function linesOf(described: DescribedRequest, wanted: string): string[] {
  return headerLines(described).flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : []));
}
