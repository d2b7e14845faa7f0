/** The fastify application off the hot path: admin API, console, and the shapes of its errors. */
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { errorText } from '../../src/base/errors.ts';
import { shortened } from '../../src/base/shorten.ts';
import { MAX_HEADER_BYTES } from '../../src/trino/headers.ts';
import type { AdminContext } from './context.ts';
import { watchEventLoop } from './metrics/index.ts';
import { allRoutes } from './routes.ts';
import { serve } from './serve.ts';
import { insideServer } from './server.ts';

/** A backend, a rule or a login is far smaller; larger bodies get 413. */
const LONGEST_BODY_BYTES = 1024 * 1024;

/** Bodies are checked by the routes themselves; the compilers that the framework loads otherwise cost 5 MB. */
const noCompiler = () => () => {
  throw new Error('no route has a schema');
};
const NO_SCHEMAS = { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } };

/** Not by `import`, for the reason that `server.ts` tells. */
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** A path that the framework itself refuses; its own words repeat the path. */
function refused({ statusCode = 400 }: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .code(statusCode)
    .type('text/plain;charset=utf-8')
    .send(`Error ${statusCode} ${STATUS_CODES[statusCode] ?? 'Bad Request'}`);
}

export function createApp(ctx: AdminContext): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: LONGEST_BODY_BYTES,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    serverFactory: insideServer,
    schemaController: NO_SCHEMAS,
    frameworkErrors: refused,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) ctx.log.error({ reason: errorText(error) }, 'an admin request failed');
    const body = status >= 500 ? 'Error 500 Internal Server Error' : shortened(errorText(error));
    return reply.code(status).type('text/plain;charset=utf-8').send(body);
  });
  const loop = watchEventLoop();
  app.addHook('onClose', async () => loop.close());
  serve(app, allRoutes(ctx, loop), ctx.auth);
  return app;
}
