/** The Java Trino Gateway on this machine, as published: one jar, and a Java that runs it. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../base/project.ts';
import { findJava, type Java } from './java.ts';
import { fetchFile } from './maven.ts';

/** Release 21's classes are of this version. */
export const LEAST_GATEWAY_JAVA = 25;

/** The newest on Maven Central when this was written, and the one that compatibility is measured against. */
export const JAVA_GATEWAY_VERSION = '21';

export interface JavaGatewayInstall {
  readonly version: string;
  /** Started as `java -jar JAR config.yaml`; shared by all gateways of this version, never written to. */
  readonly jar: string;
  readonly java: Java;
}

export interface JavaGatewayInstallOptions {
  /** A release of `io.trino.gateway:gateway-ha`; default `JAVA_GATEWAY_VERSION`. */
  readonly version?: string;
  /** Default: `.cache/java-gateway` below the project; the version is a folder in it. */
  readonly cacheDir?: string;
  /** Told what is being fetched, a line for people each time. */
  readonly note?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Where Java and Maven are looked for; default our own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Puts the gateway's jar (100 MB) into the cache, unless it is there, and finds a Java for it. Several callers,
 * also from several processes, may do this at once: the jar appears whole or not at all.
 *
 * Throws TOOL_MISSING without Java or Maven and DOWNLOAD_FAILED when the jar cannot be fetched.
 */
export async function installJavaGateway(
  options: JavaGatewayInstallOptions = {},
): Promise<JavaGatewayInstall> {
  const { version = JAVA_GATEWAY_VERSION, note = () => {}, signal, env = process.env } = options;
  const java = await findJava(LEAST_GATEWAY_JAVA, `the Java Trino Gateway ${version}`, { env });
  const cacheDir = options.cacheDir ?? join(projectRoot, '.cache', 'java-gateway');
  const jar = join(cacheDir, version, 'gateway-ha.jar');
  if (existsSync(jar)) return { version, jar, java };

  const artifact = `io.trino.gateway:gateway-ha:${version}:jar:jar-with-dependencies`;
  note(`Fetching ${artifact} (once; kept in ${cacheDir}) …`);
  mkdirSync(cacheDir, { recursive: true });
  const into = mkdtempSync(join(cacheDir, '.fetching-'));
  try {
    const file = await fetchFile({ artifact, into, javaHome: java.home, signal, env });
    mkdirSync(dirname(jar), { recursive: true });
    // One step: a second caller's jar, which is the same, takes the place of the first.
    renameSync(join(into, file), jar);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
  return { version, jar, java };
}
