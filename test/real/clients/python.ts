/** PyPI `trino`. */
import { join } from 'node:path';
import { errorText } from '../../../src/base/errors.ts';
import { pythonWithTrino } from '../python-env.ts';
import type { ClientUnderTest } from './client.ts';
import { runCases, runSpooled, startStatement } from './script.ts';

let python = '';
const program = () => ({ command: python, args: [join(import.meta.dirname, 'client.py')] });

export const pythonClient: ClientUnderTest = {
  name: 'PyPI trino',
  async ready() {
    try {
      python = await pythonWithTrino();
      return undefined;
    } catch (error) {
      return `the Python client cannot be installed: ${errorText(error)}`;
    }
  },
  run: (url) => runCases(program(), url),
  spooled: (url) => runSpooled(program(), url),
  start: (url, sql) => startStatement(program(), url, sql),
};
