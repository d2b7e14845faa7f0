/** The fastify application off the hot path: admin API, page, and the shapes of its errors. */
import { type FastifyInstance, fastify } from 'fastify';
import { errorText } from '../../src/base/errors.ts';
import { MAX_HEADER_BYTES } from '../../src/trino/headers.ts';
import { type AdminContext, registerAdmin } from './admin.ts';
import { backendsPage } from './page.ts';
import { insideServer } from './server.ts';

export function createApp(ctx: AdminContext): FastifyInstance {
  const app = fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    serverFactory: insideServer,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) ctx.log.error({ reason: errorText(error) }, 'an admin request failed');
    const body = status >= 500 ? 'Error 500 Internal Server Error' : errorText(error);
    return reply.code(status).type('text/plain;charset=utf-8').send(body);
  });
  app.get('/', (_request, reply) => reply.code(303).header('Location', '/trino-gateway').send());
  app.get('/trino-gateway', (_request, reply) =>
    reply.type('text/html;charset=utf-8').send(backendsPage(ctx.fleet.views())),
  );
  registerAdmin(app, ctx);
  return app;
}
