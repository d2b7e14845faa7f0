/** A gateway that runs from a configuration file: what the command line and the child process start. */
import { type DestinationStream, pino } from 'pino';
import { type LoadedConfig, readGatewayConfig } from './config/load.ts';
import { logLoaded } from './config/report.ts';
import { type Gateway, type Log, startGateway } from './index.ts';

const STANDARD_ERROR = 2;

export interface RunningGateway extends Gateway {
  readonly log: Log;
  /** Calls back when every line of the log has been written. */
  flushLog(done: () => void): void;
}

/** Reads the file, says how it was read, and starts; SIGHUP reads it again. Throws what `readGatewayConfig` and `startGateway` throw. */
export async function startGatewayFrom(
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RunningGateway> {
  await import('./heap.ts');
  const loaded = readGatewayConfig(file);
  const log = pino({ base: null, level: loaded.config.log.level, ...labels(loaded) }, destination(loaded));
  logLoaded(loaded, log);
  const gateway = await startGateway(loaded.config, {
    log,
    file,
    load: () => readGatewayConfig(file),
    ...options,
  });
  const reload = () => void gateway.reload('signal');
  process.on('SIGHUP', reload);
  return {
    ...gateway,
    log,
    flushLog: (done) => log.flush(done),
    close(why) {
      process.off('SIGHUP', reload);
      return gateway.close(why);
    },
  };
}

function labels({ config }: LoadedConfig): { base?: { environment: string } } {
  return config.environment === undefined ? {} : { base: { environment: config.environment } };
}

function destination({ config }: LoadedConfig): DestinationStream {
  const { path } = config.log;
  return pino.destination(
    path === undefined ? { fd: STANDARD_ERROR, sync: false } : { dest: path, sync: false, mkdir: true },
  );
}
