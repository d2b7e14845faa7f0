// The stub and the other load generators, as child processes, with the CPU that each took.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../src/base/project.ts';

export interface Seen {
  readonly statements: number;
  readonly requests: number;
  readonly spanMs: number;
  /** Lateness of arrivals against an even spacing, milliseconds. */
  readonly strayed: { readonly p50: number; readonly p99: number; readonly max: number };
}

export interface Stub {
  readonly url: string;
  /** What came since it was asked last; `perSecond` is the rate that was wanted. */
  seen(perSecond?: number): Promise<Seen>;
  stop(): void;
}

export async function startStub(): Promise<Stub> {
  const child = spawn(process.execPath, [join(projectRoot, 'scripts/bench-replay/stub.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{}');
  const { port } = (await next()) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async seen(perSecond = 0) {
      child.stdin.write(`${perSecond}\n`);
      return (await next()) as Seen;
    },
    stop: () => child.stdin.end(),
  };
}

const VEGETA = join(projectRoot, '.cache', 'bin', 'vegeta');
const VEGETA_MODULE = 'github.com/tsenart/vegeta/v12@v12.13.0';

/** The path of vegeta, built from the Go module proxy when it is not there; undefined without Go. */
export function vegeta(): string | undefined {
  if (existsSync(VEGETA)) return VEGETA;
  mkdirSync(join(projectRoot, '.cache', 'bin'), { recursive: true });
  const env = { ...process.env, GOBIN: join(projectRoot, '.cache', 'bin') };
  const built = spawnSync('go', ['install', VEGETA_MODULE], { env, stdio: 'ignore' });
  return built.status === 0 && existsSync(VEGETA) ? VEGETA : undefined;
}

/** Runs a program to its end; answers the CPU seconds that it took, all its threads together. */
export async function runMeasured(command: string, args: readonly string[], input = ''): Promise<number> {
  const child = spawn(command, args, { cwd: projectRoot, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(input);
  let cpuS = 0;
  const watch = setInterval(() => {
    cpuS = Math.max(cpuS, cpuSecondsOf(child));
  }, 50);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  return cpuS;
}

const TICKS_PER_SECOND = 100;

function cpuSecondsOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
