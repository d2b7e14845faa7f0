/** Starting gateways for tests, and talking to them. */
import { Agent, type Dispatcher, request } from 'undici';
import { onTestFinished } from 'vitest';
import {
  type Gateway,
  type GatewayConfigInput,
  type GatewayOptions,
  gatewaySchema,
  type Log,
  startGateway,
} from '../../gateway/index.ts';
import { FakeCoordinator, type FakeOptions } from './fake-coordinator.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: fields as Record<string, unknown> });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** Fast checks, so that no test waits for a timer. */
const QUICK: GatewayConfigInput = { listen: { port: 0 }, monitor: { taskDelay: '50ms', timeout: '2s' } };

export interface TestGateway extends Gateway {
  readonly log: ReturnType<typeof recordingLog>;
  state(name: string): Promise<Record<string, unknown>>;
  status(): Promise<{ proxy: Record<string, number>; store: { history: Record<string, number> } }>;
  /** Resolves when the state of a backend has the fields; rejects after five seconds. */
  until(name: string, wanted: Record<string, unknown>): Promise<Record<string, unknown>>;
}

export async function gateway(
  input: GatewayConfigInput,
  options: Pick<GatewayOptions, 'readOnly'> = {},
): Promise<TestGateway> {
  const log = recordingLog();
  const config = gatewaySchema.parse({ ...QUICK, ...input });
  const started = await startGateway(config, { log, ...options });
  onTestFinished(() => started.close());
  const state = async (name: string) =>
    (await (await call(`${started.url}/api/public/backends/${name}/state`)).json()) as Record<
      string,
      unknown
    >;
  return {
    ...started,
    log,
    state,
    status: async () => (await (await call(`${started.url}/rehearse/v1/status`)).json()) as never,
    async until(name, wanted) {
      const deadline = Date.now() + 5_000;
      for (;;) {
        const seen = await state(name);
        if (Object.entries(wanted).every(([k, v]) => seen[k] === v)) return seen;
        if (Date.now() > deadline)
          throw new Error(`${name} is ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

export async function fake(options: FakeOptions = {}): Promise<FakeCoordinator> {
  const coordinator = await FakeCoordinator.start(options);
  onTestFinished(() => coordinator.kill());
  return coordinator;
}

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Buffer;
  text(): string;
  json(): unknown;
}

const agent = new Agent({ maxHeaderSize: 2 ** 21 });

export async function call(
  url: string,
  options: {
    method?: string;
    headers?: Record<string, string | string[]> | string[];
    body?: string | Buffer;
    signal?: AbortSignal;
  } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body = null, signal } = options;
  const response = await request(url, {
    method: method as Dispatcher.HttpMethod,
    headers,
    body,
    dispatcher: agent,
    ...(signal === undefined ? {} : { signal }),
  });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return {
    status: response.statusCode,
    headers: response.headers,
    body: bytes,
    text: () => bytes.toString(),
    json: () => JSON.parse(bytes.toString()),
  };
}

export interface Page {
  readonly id: string;
  readonly nextUri?: string;
  readonly data?: unknown[][];
  readonly error?: { readonly errorName: string };
}

export async function post(base: string, sql: string, headers: Record<string, string> = {}): Promise<Page> {
  const answer = await call(`${base}/v1/statement`, {
    method: 'POST',
    body: sql,
    headers: { 'x-trino-user': 'test', ...headers },
  });
  if (answer.status !== 200) throw new Error(`POST answered ${answer.status}: ${answer.text()}`);
  return answer.json() as Page;
}

/** Follows a statement to its end; answers the last page. */
export async function finish(page: Page): Promise<Page> {
  let at = page;
  while (at.nextUri !== undefined) at = (await call(at.nextUri)).json() as Page;
  return at;
}
