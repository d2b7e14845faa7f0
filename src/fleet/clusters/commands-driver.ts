/**
 * Clusters that a team's own commands start, stop and kill: kubectl, helm, argocd, systemctl, a script. What the
 * commands print is kept as evidence, secrets masked.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { pollUntil, systemClock } from '../../base/clock.ts';
import { failure } from '../../base/errors.ts';
import { jsonLine } from '../../base/lines.ts';
import { withoutSecrets } from '../../base/secrets.ts';
import { formatMs } from '../../base/units.ts';
import { duration } from '../../base/yaml.ts';
import { runTool, type ToolResult } from '../install/tool.ts';
import type { ChildExit } from '../processes/child.ts';
import type { Cluster, ClusterDriver, ClusterProcess } from './cluster.ts';
import { readInfo, waitForInfo } from './trino-info.ts';

const command = z
  .union([z.array(z.string()).min(1), z.string().min(1)])
  .describe(
    'words of a command, in which `{name}`, `{group}` and `{url}` stand for the cluster’s; or a line for `sh -c`, which finds them in REHEARSE_CLUSTER, REHEARSE_GROUP and REHEARSE_URL',
  );

type Command = z.output<typeof command>;

/** Settings of driver `commands`. */
export const commandsSettings = z.strictObject({
  url: z.url().describe('where the coordinator is; clusters need one each'),
  start: command,
  stop: command,
  kill: command.optional().describe('ends the coordinator without warning; needed by the actions that do so'),
  status: command
    .optional()
    .describe('exit 0: it runs; any other: it does not. Without it, an answer of /v1/info decides'),
  timeLimit: duration().prefault('10m').describe('of each command; then it is killed'),
  probeTable: z.string().default('tpch.tiny.nation').describe('a scan of it proves readiness'),
});

type Settings = z.output<typeof commandsSettings>;

const STOPPED_POLL_MS = 500;
const KEPT_OUTPUT_CHARS = 300;

export const commandsDriver: ClusterDriver = async (spec, context): Promise<Cluster> => {
  const settings = commandsSettings.parse(spec.settings);
  const url = settings.url.replace(/\/$/, '');
  const logFile = join(context.dir, 'logs', `${spec.name}.commands.log`);
  const place = { name: spec.name, group: spec.group, url, logFile };
  const run = commandRunner(place, settings, context.secretEnv ?? []);
  const isUp = async (signal: AbortSignal) =>
    settings.status === undefined
      ? (await readInfo(url, undefined, signal)) !== undefined
      : (await run('status', settings.status, signal)).code === 0;
  const must = async (what: 'start' | 'stop' | 'kill', given: Command, signal: AbortSignal) => {
    const result = await run(what, given, signal);
    if (result.code !== 0) throw commandFailure(spec.name, what, result, settings, logFile);
  };
  return {
    ...{ name: spec.name, group: spec.group, zone: spec.zone, driver: 'commands' },
    ...{ url, probeTable: settings.probeTable },
    attach: async (signal) =>
      (await isUp(signal)) ? processOf(settings, must, place, context.signal) : undefined,
    async launch(signal) {
      if (!(await isUp(signal))) await must('start', settings.start, signal);
      await waitForInfo(url, { timeoutMs: context.startTimeoutMs, signal, name: spec.name });
      return processOf(settings, must, place, context.signal);
    },
  };
};

type Must = (what: 'start' | 'stop' | 'kill', given: Command, signal: AbortSignal) => Promise<void>;

function processOf(
  settings: Settings,
  must: Must,
  place: { readonly name: string; readonly url: string; readonly logFile: string },
  signal: AbortSignal,
): ClusterProcess {
  const { url } = place;
  let ended: (exit: ChildExit) => void = () => {};
  const exited = new Promise<ChildExit>((resolve) => {
    ended = resolve;
  });
  // An interrupted run still has to stop what it has started.
  const own = () => (signal.aborted ? new AbortController().signal : signal);
  return {
    exited,
    async stop() {
      await must('stop', settings.stop, own());
      if (!(await untilSilent(url, settings.timeLimit)))
        throw failure('COMMAND_FAILED', {
          ...{ cluster: place.name, what: 'stop', log: place.logFile },
          reason: `it ended with exit 0, but ${url} still answers after ${formatMs(settings.timeLimit)}`,
        });
      ended({ code: 0, signal: null });
    },
    async kill(by) {
      if (by !== 'SIGKILL' && by !== 'SIGTERM')
        throw failure('USAGE', { detail: `a cluster of driver commands cannot be sent ${by}` });
      await must('kill', settings.kill ?? settings.stop, own());
      ended({ code: null, signal: by });
    },
  };
}

/** A command that only asks for the end (`kubectl scale`) returns before it has come. False: it has not come in time. */
async function untilSilent(url: string, timeLimitMs: number): Promise<boolean> {
  const wait = { everyMs: STOPPED_POLL_MS, timeoutMs: timeLimitMs };
  const silent = await pollUntil(systemClock, wait, async () =>
    (await readInfo(url)) === undefined ? true : undefined,
  );
  return silent === true;
}

interface Place {
  readonly name: string;
  readonly group: string;
  readonly url: string;
  readonly logFile: string;
}

/** Of what one command printed, so much is kept as evidence: its end. */
const KEPT_LOG_CHARS = 64 * 1024;

type Runner = (
  what: string,
  given: Command,
  signal: AbortSignal,
) => Promise<ToolResult & { timedOut: boolean }>;

function commandRunner(place: Place, settings: Settings, secretEnv: readonly string[]): Runner {
  const { env: ours, mask } = withoutSecrets(secretEnv);
  const fill = (word: string) =>
    word.replaceAll('{name}', place.name).replaceAll('{group}', place.group).replaceAll('{url}', place.url);
  return async (what, given, signal) => {
    const [program = '', ...args] = typeof given === 'string' ? ['sh', '-c', given] : given.map(fill);
    const limit = AbortSignal.timeout(settings.timeLimit);
    const env = {
      ...ours,
      ...{ REHEARSE_CLUSTER: place.name, REHEARSE_GROUP: place.group, REHEARSE_URL: place.url },
    };
    let timedOut = false;
    const result = await runTool(program, args, { env, signal: AbortSignal.any([signal, limit]) }).catch(
      (error: unknown): ToolResult => {
        if (signal.aborted) throw error;
        timedOut = true;
        return { code: undefined, output: '', missing: false };
      },
    );
    mkdirSync(dirname(place.logFile), { recursive: true });
    const said = mask(result.output);
    const output = said.length > KEPT_LOG_CHARS ? `… ${said.slice(-KEPT_LOG_CHARS)}` : said;
    const line = { at: new Date().toISOString(), what, command: [program, ...args].map(mask) };
    const evidence = { ...line, exit: result.code ?? null, timedOut, output };
    appendFileSync(place.logFile, `${jsonLine(evidence)}\n`, { mode: 0o600 });
    return { ...result, output: said, timedOut };
  };
}

function commandFailure(
  cluster: string,
  what: string,
  { code, output, missing, timedOut }: ToolResult & { timedOut?: boolean },
  { timeLimit }: Settings,
  log: string,
): Error {
  const ended = missing
    ? 'there is no such program'
    : timedOut
      ? `it took longer than ${formatMs(timeLimit)}`
      : `exit ${code ?? 'by a signal'}`;
  const said = output.trim().slice(-KEPT_OUTPUT_CHARS);
  const reason = `${ended}${said === '' ? '' : `; it said: ${said}`}`;
  return failure('COMMAND_FAILED', { cluster, what, reason, log });
}
