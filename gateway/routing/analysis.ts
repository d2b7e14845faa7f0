/** The analysis that routers may ask for: what the statement names, and who sends it. */
import type { Clock } from '../../src/base/clock.ts';
import { HEADER } from '../../src/trino/headers.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { UserInfoStats } from '../identity/identifier.ts';
import type { AnalysisRequest, AnalyzerStats } from '../sql/analyzer.ts';
import type { Analyse, RoutedRequest } from './request.ts';

export interface Analysis {
  readonly analyse: Analyse;
  /** Starts a worker ahead of the first statement, if any router will look at statements. */
  warm(): void;
  status(): { readonly statements: AnalyzerStats; readonly userInfo: UserInfoStats };
  close(): Promise<void>;
}

/**
 * `looksAtStatements` is asked for each request: where only the user counts, nothing is parsed. What it takes is loaded
 * where requests are analysed: it costs memory.
 */
export async function createAnalysis(
  { requestAnalyzerConfig: config }: GatewayConfig,
  looksAtStatements: () => boolean,
  clock: Clock,
): Promise<Analysis | undefined> {
  if (!config.analyzeRequest) return undefined;
  const { maxBodySize, clientsUseV2Format, tokenUserField, oauthTokenInfoUrl } = config;
  const [{ createAnalyzer }, { createIdentifier }] = await Promise.all([
    import('../sql/analyzer.ts'),
    import('../identity/identifier.ts'),
  ]);
  const analyzer = createAnalyzer({ maxBodySize, clientsUseV2Format });
  const identifier = createIdentifier({ tokenUserField, oauthTokenInfoUrl, clock });
  return {
    async analyse(request, body) {
      const [query, user] = await Promise.all([
        analyzer.analyse(statementOf(request, looksAtStatements() ? body : undefined)),
        identifier.identify(request),
      ]);
      return { query, user };
    },
    warm() {
      if (looksAtStatements()) analyzer.warm();
    },
    status: () => ({ statements: analyzer.stats, userInfo: identifier.stats }),
    async close() {
      await Promise.all([analyzer.close(), identifier.close()]);
    },
  };
}

function statementOf(request: RoutedRequest, body: Buffer | undefined): AnalysisRequest {
  const prepared: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    if (request.rawHeaders[i]?.toLowerCase() === HEADER.preparedStatement)
      prepared.push(request.rawHeaders[i + 1] ?? '');
  return {
    method: request.method,
    contentType: request.header('content-type') ?? undefined,
    body,
    catalog: request.header(HEADER.catalog) ?? undefined,
    schema: request.header(HEADER.schema) ?? undefined,
    preparedStatements: prepared,
  };
}
