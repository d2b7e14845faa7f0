import { afterAll, beforeAll, describe } from 'vitest';
import { storeTable } from '../gateway/store/table.ts';
import { servers, type TestServer } from './store-servers.ts';

for (const { name, missing, start } of servers) {
  describe.skipIf(await missing())(name, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    storeTable(() => server.fresh());
  });
}
