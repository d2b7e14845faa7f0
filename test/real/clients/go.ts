/** trino-go-client, built once with the Go of this machine. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../../../src/base/project.ts';
import { runTool } from '../../../src/fleet/install/tool.ts';
import type { ClientUnderTest } from './client.ts';
import { runCases, runSpooled, startStatement } from './script.ts';

/** The newest that Go 1.26 builds; later releases want Go 1.27. */
const RELEASE = 'v1.1.0';
const home = join(projectRoot, '.cache', 'clients', `go-${RELEASE}`);
const source = join(import.meta.dirname, 'client.go');
const built = `client-${createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)}`;
const program = { command: join(home, built), args: [] };

/** Debian's package is on the PATH; the tarball of golang.org usually is not. */
const env = {
  ...process.env,
  PATH: `${process.env.PATH ?? ''}${delimiter}/usr/local/go/bin`,
  GOFLAGS: '-mod=mod',
};

export const goClient: ClientUnderTest = {
  name: 'trino-go-client',
  async ready() {
    if (existsSync(program.command)) return undefined;
    const go = await runTool('go', ['version'], { env });
    if (go.missing) return 'Go is not there (apt-get install golang)';
    mkdirSync(home, { recursive: true });
    const steps = [
      ['cp', [source, join(home, 'main.go')]],
      ['sh', ['-c', 'test -f go.mod || go mod init client']],
      ['go', ['get', `github.com/trinodb/trino-go-client@${RELEASE}`]],
      ['go', ['build', '-o', `${built}.part`, '.']],
      ['mv', [`${built}.part`, built]],
    ] as const;
    for (const [command, args] of steps) {
      const answer = await runTool(command, args, { cwd: home, env });
      if (answer.code !== 0) return `trino-go-client cannot be built: ${answer.output.trim().slice(-300)}`;
    }
    return undefined;
  },
  run: (url) => runCases(program, url),
  spooled: (url) => runSpooled(program, url),
  start: (url, sql) => startStatement(program, url, sql),
};
