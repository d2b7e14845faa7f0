/** The OpenAPI document of /rehearse/v1, made from the routes and their schemas. */
import { z } from 'zod';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { problem } from './shapes.ts';

/** The route that answers the document of all of `routes` and of itself. */
export function openapiRoute(routes: readonly OwnRoute[]): OwnRoute {
  const description = { summary: 'This document', response: z.looseObject({ openapi: z.string() }) };
  const self: OwnRoute = ownRoute('GET', '/openapi.json', description, () => json(document));
  const document = openapi([...routes, self]);
  return self;
}

function openapi(routes: readonly OwnRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rehearse gateway',
      version: '1',
      description: 'What the gateway has beyond the Java Trino Gateway’s REST API.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        basic: { type: 'http', scheme: 'basic' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'token' },
      },
      schemas: { Problem: schemaOf(problem, 'output') },
    },
  };
}

function operation({ method, parameters, path, request, response, roles, summary }: OwnRoute): object {
  const refused = (description: string) => ({
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
  const operationId = `${method.toLowerCase()}${path
    .replace('/rehearse/v1', '')
    .replace(/[/:.](\w)/g, (_, letter: string) => letter.toUpperCase())}`;
  return {
    operationId,
    summary,
    description: `Needs one of the roles ${roles.join(', ')}, where authentication is configured.`,
    security: [{}, { bearer: [] }, { basic: [] }, { cookie: [] }],
    parameters: [...pathParameters(path), ...queryParameters(parameters)],
    ...(request === undefined ? {} : { requestBody: content(request, 'input') }),
    responses: {
      200: { description: 'OK', ...content(response, 'output') },
      401: refused('No valid credentials'),
      403: refused('None of the roles, or a page of another site'),
      429: refused('Too many failed logins: try again after Retry-After seconds'),
    },
  };
}

function content(schema: z.ZodType, io: 'input' | 'output'): object {
  return { content: { 'application/json': { schema: schemaOf(schema, io) } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(parameters: z.ZodObject | undefined): object[] {
  if (parameters === undefined) return [];
  const { properties = {} } = z.toJSONSchema(parameters, { io: 'output', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}
