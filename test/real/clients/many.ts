/** The official Python client at work, many statements at a time, until it is told to end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonWithTrino } from '../python-env.ts';

export interface Many {
  /** Resolves once so many more statements have ended well. Rejects when the program ends before that. */
  finished(more: number): Promise<void>;
  /** Lets those that run end, and tells how all of them did. */
  end(): Promise<{ readonly finished: number; readonly failed: readonly string[] }>;
}

export async function manyStatements(url: string, threads: number): Promise<Many> {
  const script = join(import.meta.dirname, 'many.py');
  const child = spawn(await pythonWithTrino(), [script, url, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const count = () => Number(lines.findLast((line) => /^\d+$/.test(line)) ?? 0);
  return {
    async finished(more) {
      const wanted = count() + more;
      while (count() < wanted) {
        if (child.exitCode !== null) throw new Error(`the client ended: ${lines.at(-1)}`);
        await Promise.race([once(reader, 'line'), closed]);
      }
    },
    async end() {
      child.stdin.write('end\n');
      await closed;
      return JSON.parse(lines.at(-1) ?? '');
    },
  };
}
