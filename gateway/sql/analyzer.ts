/**
 * The door of this room: a request in, what is known of its statement out. Parsing happens in worker threads that start with the
 * first statement; what was parsed is remembered by text and defaults. A statement that cannot be analysed has
 * `isQueryParsingSuccessful` false and says why; nothing is ever thrown.
 */
import { hash } from 'node:crypto';
import { extname } from 'node:path';
import { type Defaults, type StatementFacts, unknownStatement } from '../../src/sql/statement-facts.ts';
import { ThreadPool } from '../../src/sql/thread-pool.ts';
import { BadPreparedStatement, preparedText } from '../../src/trino/prepared.ts';
import { type AnalysisRequest, type ReadBody, readBody } from './body.ts';
import { FactsCache } from './cache.ts';
import type { QueryProperties } from './properties.ts';
import type { Job } from './worker.ts';

export type { AnalysisRequest } from './body.ts';

export interface AnalyzerOptions {
  /** `requestAnalyzerConfig.maxBodySize`, in characters: a statement of this length or longer is not analysed. */
  readonly maxBodySize?: number;
  /** `requestAnalyzerConfig.clientsUseV2Format`: bodies may be JSON that wraps the statement. */
  readonly clientsUseV2Format?: boolean;
  /** The second starts only when the first is busy. */
  readonly workers?: number;
  readonly timeLimitMs?: number;
  readonly mostQueued?: number;
  readonly longestWaitMs?: number;
  readonly cacheEntries?: number;
  readonly cacheBytes?: number;
}

/** Counters since the start, and three gauges. */
export interface AnalyzerStats {
  /** Statements that a worker has parsed. */
  readonly analysed: number;
  readonly cacheHits: number;
  /** Answers with `isQueryParsingSuccessful` false, for whatever reason. */
  readonly unsuccessful: number;
  readonly tooLong: number;
  readonly timedOut: number;
  readonly overflowed: number;
  readonly workerFailures: number;
  readonly queued: number;
  readonly cachedEntries: number;
  readonly cachedBytes: number;
}

export interface Analyzer {
  analyse(request: AnalysisRequest): Promise<QueryProperties>;
  /** Starts a worker ahead of the first statement. */
  warm(): void;
  readonly stats: AnalyzerStats;
  close(): Promise<void>;
}

const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

type Text = Extract<ReadBody, { kind: 'text' }>;

export function createAnalyzer(options: AnalyzerOptions = {}): Analyzer {
  return new WorkerAnalyzer(options);
}

class WorkerAnalyzer implements Analyzer {
  readonly #rules: { maxBodySize: number; clientsUseV2Format: boolean };
  readonly #pool: ThreadPool<Job, StatementFacts>;
  readonly #cache: FactsCache;
  /** Statements being analysed: the same one asked for again meanwhile waits for the same answer. */
  readonly #running = new Map<string, Promise<StatementFacts>>();
  readonly #counts = {
    analysed: 0,
    cacheHits: 0,
    unsuccessful: 0,
    tooLong: 0,
    timedOut: 0,
    overflowed: 0,
    workerFailures: 0,
  };

  constructor(options: AnalyzerOptions) {
    const { maxBodySize = 1_000_000, clientsUseV2Format = false } = options;
    this.#rules = { maxBodySize, clientsUseV2Format };
    this.#pool = new ThreadPool(WORKER, {
      workers: options.workers ?? 2,
      timeLimitMs: options.timeLimitMs ?? 3_000,
      mostQueued: options.mostQueued ?? 256,
      longestWaitMs: options.longestWaitMs ?? 5_000,
    });
    this.#cache = new FactsCache(options.cacheEntries ?? 10_000, options.cacheBytes ?? 16 * 1024 * 1024);
  }

  async analyse(request: AnalysisRequest): Promise<QueryProperties> {
    const isPost = request.method === 'POST';
    const { body, facts } = isPost ? await this.#analysePost(request) : NOTHING;
    if (facts.errorMessage !== undefined) this.#counts.unsuccessful++;
    return {
      body,
      queryType: facts.queryType,
      resourceGroupQueryType: facts.resourceGroupQueryType,
      defaultCatalog: request.catalog,
      defaultSchema: request.schema,
      tables: facts.tables,
      catalogs: facts.catalogs,
      schemas: facts.schemas,
      catalogSchemas: facts.catalogSchemas,
      isNewQuerySubmission: isPost,
      isQueryParsingSuccessful: facts.errorMessage === undefined,
      errorMessage: facts.errorMessage,
      queryId: facts.queryId,
    };
  }

  async #analysePost(request: AnalysisRequest): Promise<BodyFacts> {
    try {
      const read = readBody(request, this.#rules);
      if (read.kind === 'too-long') this.#counts.tooLong++;
      if (read.kind !== 'text') return NOTHING;
      return await this.#analyseText(read, { catalog: request.catalog, schema: request.schema });
    } catch (error) {
      if (!(error instanceof BadPreparedStatement)) throw error;
      return { body: '', facts: unknownStatement(error.message) };
    }
  }

  async #analyseText({ text, prepared, preparedAreEncoded }: Text, defaults: Defaults): Promise<BodyFacts> {
    const facts = await this.#factsOf(text, defaults, false);
    const encoded = facts.executes === undefined ? undefined : prepared.get(facts.executes);
    if (encoded === undefined) return { body: facts.innerText ?? text, facts };
    const { maxBodySize } = this.#rules;
    const body = preparedAreEncoded ? preparedText(encoded, maxBodySize) : encoded;
    if (body.length >= maxBodySize) throw new BadPreparedStatement('prepared statement is too long');
    return { body, facts: await this.#factsOf(body, defaults, true) };
  }

  #factsOf(text: string, defaults: Defaults, prepared: boolean): Promise<StatementFacts> {
    const { catalog, schema } = defaults;
    const key = hash('sha256', JSON.stringify([prepared, catalog ?? null, schema ?? null, text]), 'base64');
    const known = this.#cache.get(key);
    if (known !== undefined) {
      this.#counts.cacheHits++;
      return Promise.resolve(known);
    }
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const analysis = this.#analyseAnew(key, text, defaults, prepared);
    this.#running.set(key, analysis);
    return analysis.finally(() => this.#running.delete(key));
  }

  async #analyseAnew(
    key: string,
    text: string,
    defaults: Defaults,
    prepared: boolean,
  ): Promise<StatementFacts> {
    const analysis = await this.#pool.run({ text, defaults, prepared });
    if (analysis.kind === 'done') {
      this.#counts.analysed++;
      this.#cache.set(key, analysis.result);
      return analysis.result;
    }
    if (analysis.kind === 'timeout') this.#counts.timedOut++;
    else if (analysis.kind === 'overflow') this.#counts.overflowed++;
    else this.#counts.workerFailures++;
    return unknownStatement(analysis.why);
  }

  warm(): void {
    this.#pool.warm();
  }

  get stats(): AnalyzerStats {
    return {
      ...this.#counts,
      queued: this.#pool.queued,
      cachedEntries: this.#cache.entries,
      cachedBytes: this.#cache.sizeBytes,
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

interface BodyFacts {
  readonly body: string;
  readonly facts: StatementFacts;
}

/** A request without a statement, or one that is not looked at: nothing is known, and that is no failure. */
const NOTHING: BodyFacts = { body: '', facts: unknownStatement(undefined) };
