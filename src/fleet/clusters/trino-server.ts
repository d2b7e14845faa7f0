/** A real Trino coordinator as one local process: its folder, its command line, its start. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { failure } from '../../base/errors.ts';
import { OWNER_ONLY, writeWhole } from '../../base/files.ts';
import { parseSizeBytes } from '../../base/units.ts';
import type { TrinoInstall } from '../install/trino-install.ts';
import { type Child, startChild } from '../processes/child.ts';
import type { Minder } from '../processes/minder.ts';
import { claimPort } from '../processes/ports.ts';
import type { EventAddress } from './cluster.ts';

const HOST = '127.0.0.1';
export const DEFAULT_HEAP = '1100MB';

export interface TrinoSpec {
  /** Names the node; letters, digits, `-` and `_`. */
  readonly name: string;
  /** A free port on loopback; stays the same over restarts. */
  readonly port: number;
  /** Folder for `etc/` and `data/`; belongs to this server alone. */
  readonly dir: string;
  /** Size of the Java heap; default 1100MB, of which about 0.75 GB are in use once a table was scanned. */
  readonly heap?: string;
  /** Catalog name → its properties without `connector.name` where that equals the catalog's name. */
  readonly catalogs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Accept X-Forwarded-* headers; without it Trino answers 406 to them. Default true. */
  readonly processForwarded?: boolean;
  /** Where its HTTP event listener posts to; needs that plugin. */
  readonly events?: EventAddress | undefined;
  /** Lines of config.properties, over ours. */
  readonly extraConfig?: Readonly<Record<string, string>>;
  /** Default `rehearse`. */
  readonly environment?: string;
  /** Put after ours on the command line, so they win. */
  readonly jvmFlags?: readonly string[];
}

export interface PreparedTrino {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Writes the server's `etc/` and answers how to start it. Starts nothing; may be called again for the same folder. */
export function prepareTrino(install: TrinoInstall, spec: TrinoSpec): PreparedTrino {
  const dir = resolve(spec.dir);
  const etc = join(dir, 'etc');
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true });
  const heapBytes = parseSizeBytes(spec.heap ?? DEFAULT_HEAP);
  if (heapBytes === undefined)
    throw failure('USAGE', {
      detail: `heap of ${spec.name}: expected a size such as 1100MB, got ${spec.heap}`,
    });

  const write = (file: string, entries: Readonly<Record<string, string>>) =>
    writeWhole(join(etc, file), properties(entries), OWNER_ONLY);
  const node = nodeProperties(spec, data);
  write('config.properties', {
    ...configProperties(spec, heapBytes),
    ...(spec.events === undefined
      ? {}
      : { 'event-listener.config-files': join(etc, 'event-listener.properties') }),
    ...spec.extraConfig,
  });
  write('node.properties', node);
  write('log.properties', { 'io.trino': 'INFO', 'io.airlift': 'INFO' });
  if (spec.events !== undefined) write('event-listener.properties', eventListenerProperties(spec.events));
  for (const [name, entries] of Object.entries(spec.catalogs))
    write(join('catalog', `${name}.properties`), { 'connector.name': name, ...entries });
  const jvm = jvmFlags(heapBytes, spec.jvmFlags ?? []);
  writeWhole(join(etc, 'jvm.config'), `${jvm.join('\n')}\n`);

  const system = {
    ...node,
    config: join(etc, 'config.properties'),
    'log.levels-file': join(etc, 'log.properties'),
    'catalog.config-dir': join(etc, 'catalog'),
    'plugin.dir': join(install.home, 'plugin'),
  };
  return {
    name: spec.name,
    url: `http://${HOST}:${spec.port}`,
    port: spec.port,
    dir,
    command: install.java.command,
    args: [
      ...jvm,
      ...Object.entries(system).map(([key, value]) => `-D${key}=${value}`),
      '-cp',
      join(install.home, 'lib', '*'),
      'io.trino.server.TrinoServer',
    ],
  };
}

function nodeProperties(spec: TrinoSpec, data: string): Record<string, string> {
  return {
    'node.environment': spec.environment ?? 'rehearse',
    'node.id': spec.name,
    'node.data-dir': data,
    'node.internal-address': HOST,
    'node.bind-ip': HOST,
  };
}

/** Every query's beginning and end; a listener that does not answer is tried again for a few seconds. */
function eventListenerProperties({ header, uri }: EventAddress): Record<string, string> {
  return {
    'event-listener.name': 'http',
    'http-event-listener.connect-ingest-uri': uri,
    'http-event-listener.connect-http-headers': `${header.name}: ${header.value}`,
    'http-event-listener.log-created': 'true',
    'http-event-listener.log-completed': 'true',
    'http-event-listener.log-split': 'false',
    'http-event-listener.connect-retry-count': '3',
  };
}

/** A coordinator that is its own only worker, for a machine with few cores and little memory. */
function configProperties(spec: TrinoSpec, heapBytes: number): Record<string, string> {
  const megabytes = (share: number) => `${Math.floor((heapBytes * share) / 1024 ** 2)}MB`;
  return {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': String(spec.port),
    'http-server.process-forwarded': String(spec.processForwarded ?? true),
    'http-server.log.enabled': 'false',
    'discovery.uri': `http://${HOST}:${spec.port}`,
    // Queries' memory and the headroom together must stay below the heap, or Trino refuses to start.
    'query.max-memory': megabytes(0.5),
    'query.max-memory-per-node': megabytes(0.5),
    'memory.heap-headroom-per-node': megabytes(0.25),
    // Ended queries stay in the heap this long (default 15 min): enough to read them for the ledger.
    'query.min-expire-age': '5m',
  };
}

/**
 * The flags that Trino's documentation asks for, and two for a short start on few cores: the serial collector and
 * the first compiler tier alone. Measured on two cores, CPU seconds from launch to the first scan of a table:
 * 9 to 12 with both, 13 to 22 with the serial collector alone, 17 to 21 with Java's defaults; resident memory
 * 740, 800 and 940 MB. The price is the peak throughput of long queries.
 */
function jvmFlags(heapBytes: number, extra: readonly string[]): readonly string[] {
  return [
    `-Xmx${Math.floor(heapBytes / 1024 ** 2)}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:-OmitStackTraceInFastThrow',
    '-XX:ReservedCodeCacheSize=256M',
    '-XX:+EnableDynamicAgentLoading',
    '-Djdk.attach.allowAttachSelf=true',
    '-Djdk.nio.maxCachedBufferSize=2000000',
    '-Dfile.encoding=UTF-8',
    '--enable-native-access=ALL-UNNAMED',
    '--sun-misc-unsafe-memory-access=allow',
    ...extra,
  ];
}

/** Text of a Java properties file. */
function properties(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${escaped(key).replace(/[ :=]/g, '\\$&')}=${escaped(value)}\n`)
    .join('');
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/^ /, '\\ ');
}

export interface StartTrinoOptions {
  readonly minder?: Minder | undefined;
  readonly logFile: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts the coordinator; one process, whose pid is the coordinator's. Resolves once the process runs, seconds
 * before its port is open: see `waitForInfo`. Throws PORT_IN_USE, CHILD_FAILED.
 */
export async function startTrino(prepared: PreparedTrino, options: StartTrinoOptions): Promise<Child> {
  await claimPort(prepared.port, `Trino ${prepared.name}`);
  return startChild({
    name: `Trino ${prepared.name}`,
    command: prepared.command,
    args: prepared.args,
    behind: true,
    cwd: join(prepared.dir, 'data'),
    ...options,
  });
}
