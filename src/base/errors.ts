/**
 * Every error Rehearse can raise on purpose: stable code, message, hint, exit number.
 *
 * Messages say what was expected and what came; hints say what to do. `{name}` marks a parameter, and the
 * parameters a code needs are checked by the compiler. Anything thrown that is not a `RehearseError` is a
 * bug in us and ends with exit number 1.
 */

/** Exit numbers of every command; CI reads them. */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  environment: 3,
  gateFailed: 4,
  inconclusive: 5,
  invalid: 6,
  interrupted: 130,
} as const;

interface ErrorEntry {
  readonly exit: number;
  readonly message: string;
  readonly hint?: string;
}

const ERRORS = {
  INPUT_INVALID: { exit: EXIT.usage, message: '{count} in {what}' },
  FILE_MISSING: {
    exit: EXIT.usage,
    message: '{what} {file}: {reason}',
    hint: 'Check the path; relative paths in a file count from that file.',
  },
  USAGE: { exit: EXIT.usage, message: '{detail}', hint: 'Add --help to see how the command is used.' },
  DUMP_UNREADABLE: { exit: EXIT.usage, message: 'Dump {file}: {reason}' },
  DUMP_EMPTY: {
    exit: EXIT.usage,
    message: 'Dump {file} holds no usable query: {reason}',
    hint: 'Run `rehearse dump inspect FILE` to see what was understood.',
  },
  DUMP_HIDDEN: {
    exit: EXIT.usage,
    message:
      'The dump cannot be used ({code}); what is wrong with it may hold what is to stay hidden, and is not shown here',
    hint: 'Run `rehearse dump inspect FILE` to see it.',
  },
  PULL_FAILED: {
    exit: EXIT.environment,
    message: 'Nothing could be pulled from {from}: {reason}',
    hint: 'Check the address, the user, and REHEARSE_PULL_PASSWORD; try the SQL in a client of its own.',
  },
  DUMP_UNWRITABLE: {
    exit: EXIT.environment,
    message: 'Dump {file} cannot be written: {reason}',
    hint: 'Name another place with --out, or make room.',
  },
  DUMP_SPACE: {
    exit: EXIT.environment,
    message: 'There is no room to sort the dump: {reason}',
    hint: 'A dump that does not fit in memory is sorted on disk. Make room, or let TMPDIR name a folder that has it.',
  },
  PLAN_EMPTY: {
    exit: EXIT.usage,
    message: 'Nothing is left to replay: {reason}',
    hint: 'What is sent is decided by `dump.sources`, `dump.recordedFailures`, `dump.writes` and `safety` in the scenario.',
  },
  RUN_UNREADABLE: {
    exit: EXIT.usage,
    message: 'Run folder {dir}: {reason}',
    hint: 'Name a folder that `rehearse run` (or `rehearse capacity run`) wrote, such as reports/latest.',
  },
  BASELINE_INVALID: {
    exit: EXIT.invalid,
    message: 'It is not kept, since {standing}',
    hint: 'An invalid run says nothing of the gateway. Make it again; or keep it with --force: whatever is compared with it informs and judges nothing.',
  },
  RECORD_UNBALANCED: {
    exit: EXIT.invalid,
    message: 'The run cannot be judged: {reason}',
    hint: 'Its record is damaged, or this program is wrong: no summary is better than a wrong one.',
  },
  OUT_UNUSABLE: {
    exit: EXIT.environment,
    message: 'Reports cannot be written to {dir}: {reason}',
    hint: 'Name another folder with --out, or make room.',
  },
  DISK_UNUSABLE: {
    exit: EXIT.environment,
    message: 'A file cannot be used: {reason}',
    hint: 'Make room, or name another place. What stood there before is as it was.',
  },
  PORT_IN_USE: {
    exit: EXIT.environment,
    message: 'Port {port} on {host} is already in use; it is needed for {what}',
    hint: 'Stop what listens there, or set another port (0 picks a free one).',
  },
  CAPTURE_UNUSABLE: {
    exit: EXIT.environment,
    message: 'Statements cannot be captured to {dir}: {reason}',
    hint: 'Name a folder that the gateway may write in under `capture.folder`.',
  },
  STORE_UNREACHABLE: {
    exit: EXIT.environment,
    message: 'The {kind} store at {where} cannot be used: {reason}',
    hint: '{hint}',
  },
  TOOL_MISSING: {
    exit: EXIT.environment,
    message: '{tool} is needed for {what}, but {reason}',
    hint: '{install}',
  },
  CHILD_FAILED: {
    exit: EXIT.environment,
    message: '{what} did not start: {reason}',
    hint: 'Its last output is in {log}.',
  },
  CHILD_USAGE: { exit: EXIT.usage, message: '{what} refused to start: {detail}' },
  CHILD_ENVIRONMENT: { exit: EXIT.environment, message: '{what} could not start: {detail}' },
  DOWNLOAD_FAILED: {
    exit: EXIT.environment,
    message: '{what} could not be fetched: {reason}',
    hint: "Check the network and Maven's settings.xml (mirrors, proxies), then try again; finished parts are kept.",
  },
  CLUSTER_NOT_READY: {
    exit: EXIT.environment,
    message: 'Cluster {cluster} was not ready after {waited}: {reason}',
    hint: 'Look at its log in the run folder, or raise `fleet.startTimeout`.',
  },
  COMMAND_FAILED: {
    exit: EXIT.environment,
    message: 'The {what} command of {cluster} failed: {reason}',
    hint: 'All that it printed is in {log}.',
  },
  ROLL_LOCKED: {
    exit: EXIT.environment,
    message: 'Group {group} is being rolled already: {who}',
    hint: 'Two rolls at once would undo each other. `rehearse roll --status` shows how far it is; a lock whose owner is gone is taken over.',
  },
  ROLL_UNFINISHED: {
    exit: EXIT.usage,
    message:
      'Group {group} has an unfinished roll ({strategy}) from {from} to {to} at {gateway}, which is not the one asked for',
    hint: 'Finish it first, with the same flags; or, if the fleet has been put right by hand, forget it with --abandon.',
  },
  ROLL_IMPOSSIBLE: { exit: EXIT.usage, message: 'This roll cannot be done: {reason}', hint: '{hint}' },
  ROLL_FAILED: {
    exit: EXIT.gateFailed,
    message: 'The roll of group {group} failed: {reason}',
    hint: '{hint}',
  },
  GATEWAY_REFUSED: {
    exit: EXIT.environment,
    message: 'The gateway at {url} answered {status} to {request}',
    hint: 'Check that the URL is a gateway whose admin API may be used from here.',
  },
  BACKEND_TAKEN: {
    exit: EXIT.usage,
    message: 'The gateway at {url} already has a backend named {name}',
    hint: 'A run registers its clusters there and removes them at the end: give them names of their own.',
  },
  BACKENDS_ACTIVE: {
    exit: EXIT.usage,
    message: 'The gateway at {url} has active backends that the scenario does not name: {names}',
    hint: 'The load could reach them. Deactivate them for the time of the run, or use a gateway of its own.',
  },
  SECRET_MISSING: {
    exit: EXIT.usage,
    message: 'The secret that {key} names cannot be read: {reason}',
    hint: 'Secrets are never written into a scenario: set the variable, or put the file there.',
  },
  SHARD_REFUSED: {
    exit: EXIT.environment,
    message: 'Shard {shard} of run {run} cannot start: {reason}',
    hint: 'All shards need the same scenario, dump, seed and version, and a name of the run (--run) that no other run has.',
  },
  LOAD_THREAD_LOST: {
    exit: EXIT.environment,
    message: 'Thread {thread} of {threads} of the load ended with {open} queries open: {reason}',
    hint: 'What the threads had told by then is in the folder of the run that begins with .part-; no verdict on it can be a pass. Each thread holds the whole plan: with fewer (load.threads) the load takes less memory.',
  },
  MERGE_REFUSED: {
    exit: EXIT.usage,
    message: '{dir} cannot be merged: {reason}',
    hint: 'Name the folders that the shards of one run wrote, each once.',
  },
  STATEMENT_REFUSED: {
    exit: EXIT.usage,
    message: 'The dump holds {count} statements that {rule} refuses; the first is at {place}: {kind}',
    hint: 'Nothing was sent. Leave them out of the dump, or let the policy skip them.',
  },
  HOST_NOT_ALLOWED: {
    exit: EXIT.usage,
    message: 'Target {url} is not a loopback address and not on the allow-list',
    hint: 'A replay sends real load. Name the host under `safety.allowHosts` in the scenario if that is meant.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

type ParamsOf<S extends string> = S extends `${string}{${infer P}}${infer Rest}` ? P | ParamsOf<Rest> : never;
type EntryText<C extends ErrorCode> =
  `${(typeof ERRORS)[C]['message']}${(typeof ERRORS)[C] extends { hint: infer H extends string } ? H : ''}`;
export type ErrorParams<C extends ErrorCode> = Record<ParamsOf<EntryText<C>>, string | number>;

function fill(template: string, params: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** An error that was foreseen: it has a code, an exit number, and usually a hint for the reader. */
export class RehearseError extends Error {
  readonly code: ErrorCode;
  readonly exit: number;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint: string | undefined, cause?: unknown) {
    super(message, { cause });
    this.name = 'RehearseError';
    this.code = code;
    this.exit = ERRORS[code].exit;
    this.hint = hint;
  }
}

/** Builds the error for a code; throw the result. `cause` keeps the original error for the log. */
export function failure<C extends ErrorCode>(
  code: C,
  params: ErrorParams<C>,
  cause?: unknown,
): RehearseError {
  const entry: ErrorEntry = ERRORS[code];
  const hint = entry.hint === undefined ? undefined : fill(entry.hint, params);
  return new RehearseError(code, fill(entry.message, params), hint, cause);
}

/** One thing wrong in an input file. Line and column count from 1. */
export interface Problem {
  /** Or the flag of the command line that a value was given by; line and column are 0 then. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Nobody reads more at once. */
const MOST_LINES = 100;

/** Several problems of one input, reported together so that they can be mended together. */
export class ProblemsError extends RehearseError {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const more = problems.length - MOST_LINES;
    const lines = [
      ...problems.slice(0, MOST_LINES).map((p) => `  ${formatProblem(p)}`),
      ...(more > 0 ? [`  … and ${more} more`] : []),
    ];
    super(
      'INPUT_INVALID',
      [fill(ERRORS.INPUT_INVALID.message, { count, what }), ...lines].join('\n'),
      undefined,
    );
    this.problems = problems;
  }
}

/** `file:line:column: message`, the form editors and CI logs link. */
export function formatProblem(p: Problem): string {
  if (p.line === 0) return `${p.file}: ${p.message}`;
  return `${p.file}:${p.line}:${p.column}: ${p.message}`;
}

/** The text of anything thrown, for logs and messages. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join('; ');
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}

/** The system error code (`ECONNREFUSED` …) of an error or of its cause, where there is one. */
export function systemCode(error: unknown): string | undefined {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code = (e as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    if (e instanceof AggregateError) return systemCode(e.errors[0]);
  }
  return undefined;
}
