/** Finding a Java runtime that is new enough for Trino. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { failure } from '../../base/errors.ts';
import { runTool } from './tool.ts';

export interface Java {
  /** The `java` program. */
  readonly command: string;
  /** What JAVA_HOME would be for it. */
  readonly home: string;
  readonly major: number;
}

/** Where to look. */
export interface JavaPlaces {
  readonly env: NodeJS.ProcessEnv;
  /** Folders that hold one runtime per entry; default the usual ones of Linux and macOS. */
  readonly parents?: readonly string[];
}

const USUAL_PARENTS = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt/homebrew/opt', '/usr/local/opt'];

/**
 * The first Java runtime of at least `leastMajor` among TRINO_JAVA_HOME, JAVA_HOME, `java` on the PATH, the usual
 * folders, and what macOS's java_home names. Throws TOOL_MISSING, with what was found instead.
 */
export async function findJava(leastMajor: number, what: string, places: JavaPlaces): Promise<Java> {
  const tooOld: Java[] = [];
  for (const home of await homes(leastMajor, places)) {
    const java = await inspect(home);
    if (java !== undefined && java.major >= leastMajor) return java;
    if (java !== undefined) tooOld.push(java);
  }
  const found = tooOld.map((java) => `${java.major} at ${java.home}`).join(', ');
  throw failure('TOOL_MISSING', {
    tool: `A Java runtime ${leastMajor} or newer`,
    what,
    reason: found === '' ? 'no Java was found' : `only ${found} was found`,
    install: `Install one (for example Temurin ${leastMajor + 1}: apt-get install temurin-${leastMajor + 1}-jdk, brew install openjdk), or point TRINO_JAVA_HOME to one that is not in a usual place.`,
  });
}

async function homes(
  leastMajor: number,
  { env, parents = USUAL_PARENTS }: JavaPlaces,
): Promise<readonly string[]> {
  const onPath = (env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'java'));
  const candidates = [
    env.TRINO_JAVA_HOME,
    env.JAVA_HOME,
    ...onPath.filter((file) => existsSync(file)).map((file) => dirname(dirname(realpathSync(file)))),
    ...parents.flatMap(listRuntimes),
    ...(process.platform === 'darwin' && parents === USUAL_PARENTS ? [await macHome(leastMajor)] : []),
  ];
  const real = candidates.filter((home) => home !== undefined && existsSync(join(home, 'bin', 'java')));
  return [...new Set(real.map((home) => realpathSync(home as string)))];
}

/** Newest name first: `temurin-25-jdk` before `java-17-openjdk`. */
function listRuntimes(parent: string): readonly string[] {
  const number = (name: string) => Number(/\d+/.exec(name.replace('1.', ''))?.[0] ?? 0);
  try {
    const names = readdirSync(parent).filter((name) =>
      /java|jdk|jre|temurin|zulu|corretto|graal|liberica/i.test(name),
    );
    return names.sort((a, b) => number(b) - number(a)).map((name) => join(parent, name));
  } catch {
    return [];
  }
}

async function macHome(leastMajor: number): Promise<string | undefined> {
  const answer = await runTool('/usr/libexec/java_home', ['-v', `${leastMajor}+`]);
  return answer.code === 0 ? answer.output.trim().split('\n')[0] : undefined;
}

async function inspect(home: string): Promise<Java | undefined> {
  const command = join(home, 'bin', 'java');
  const { code, output } = await runTool(command, ['-version']);
  const major = code === 0 ? javaMajor(output) : undefined;
  return major === undefined ? undefined : { command, home, major };
}

/** The major release in what `java -version` says: `"25.0.3"` is 25, `"1.8.0_462"` is 8. */
export function javaMajor(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match === null ? undefined : Number(match[1]);
}
