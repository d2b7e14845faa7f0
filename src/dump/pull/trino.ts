/** Any Trino table by SQL, through the official client; `system.runtime.queries` where no SQL is given. */
import { PULL_SOURCE, type PulledRow, type Source, selectAll, type Target } from './source.ts';

export function trinoSource(target: Target): Source {
  return {
    label: target.label,
    host: target.host,
    async *rows(sql, signal) {
      const { BasicAuth, Trino } = await import('trino-client');
      const [catalog, schema] = target.path;
      const trino = Trino.create({
        server: `${target.isSecure ? 'https' : 'http'}://${target.host}`,
        source: PULL_SOURCE,
        auth: new BasicAuth(target.user, target.password),
        ...(catalog === undefined ? {} : { catalog }),
        ...(schema === undefined ? {} : { schema }),
      });
      const pages = await trino.query(sql ?? selectAll('system.runtime.queries'));
      let names: readonly string[] = [];
      for await (const page of pages) {
        signal.throwIfAborted();
        if (page.error !== undefined) throw new Error(page.error.message);
        names = page.columns?.map(({ name }) => name) ?? names;
        if (page.data === undefined) continue;
        yield page.data.map(
          (values): PulledRow => Object.fromEntries(names.map((name, i) => [name, values[i]])),
        );
      }
    },
  };
}
