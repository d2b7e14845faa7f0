// The rooms and who may import whom, as one table. Adding a room or an import that points upwards fails here.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../src/base/project.ts';

// In import order: a room may import the rooms named here, all of them above it.
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/trino': ['src/base'],
  'src/sql': ['src/base', 'src/trino'],
  'src/measure': ['src/base', 'src/trino'],
  'src/gates': ['src/base', 'src/measure'],
  'src/dump': ['src/base', 'src/trino', 'src/sql', 'src/measure'],
  'gateway/config': ['src/base', 'src/trino'],
  'gateway/store': ['src/base', 'src/trino', 'gateway/config'],
  'gateway/relay': ['src/base', 'src/trino'],
  'gateway/capture': ['src/base', 'src/trino', 'gateway/config', 'gateway/relay'],
  'gateway/backends': ['src/base', 'src/trino', 'gateway/config', 'gateway/store', 'gateway/relay'],
  'gateway/queue': ['src/trino'],
  'gateway/sql': ['src/base', 'src/trino', 'src/sql', 'gateway/config'],
  'gateway/rerun': ['src/trino', 'gateway/sql'],
  'gateway/identity': ['src/base', 'gateway/sql'],
  'gateway/rules': ['src/base', 'src/trino', 'gateway/config', 'gateway/sql'],
  'gateway/routing': [
    'src/base',
    'src/trino',
    'gateway/config',
    'gateway/store',
    'gateway/backends',
    'gateway/sql',
    'gateway/identity',
    'gateway/rules',
  ],
  'gateway/auth': ['src/base', 'gateway/config'],
  'gateway/proxy': [
    'gateway/capture',
    'gateway/queue',
    'gateway/rerun',
    'src/base',
    'gateway/relay',
    'src/trino',
    'gateway/config',
    'gateway/store',
    'gateway/backends',
    'gateway/sql',
    'gateway/identity',
    'gateway/routing',
  ],
  'gateway/http': [
    'gateway/capture',
    'gateway/queue',
    'src/base',
    'src/trino',
    'gateway/config',
    'gateway/store',
    'gateway/backends',
    'gateway/sql',
    'gateway/identity',
    'gateway/rules',
    'gateway/routing',
    'gateway/relay',
    'gateway/auth',
    'gateway/proxy',
  ],
  gateway: [
    'gateway/capture',
    'gateway/queue',
    'gateway/rerun',
    'src/base',
    'src/trino',
    'gateway/config',
    'gateway/store',
    'gateway/backends',
    'gateway/sql',
    'gateway/identity',
    'gateway/rules',
    'gateway/routing',
    'gateway/relay',
    'gateway/auth',
    'gateway/proxy',
    'gateway/http',
  ],
  'src/scenario': ['src/base', 'src/gates', 'src/dump', 'gateway/config'],
  'src/plan': ['src/base', 'src/trino', 'src/sql', 'src/measure', 'src/dump', 'src/scenario'],
  'src/replay': ['src/base', 'src/trino', 'src/measure', 'src/plan'],
  'src/shards': ['src/base', 'src/measure', 'src/plan', 'src/replay'],
  'src/stub': ['src/base', 'src/trino', 'src/measure'],
  'src/fleet': [
    'src/base',
    'src/trino',
    'src/measure',
    'src/dump',
    'src/scenario',
    'src/stub',
    'gateway/config',
  ],
  'src/roll': ['src/base', 'src/measure', 'src/scenario', 'src/fleet'],
  'src/evidence': ['src/base', 'src/measure', 'src/fleet'],
  'src/report': ['src/base', 'src/measure', 'src/gates'],
  'src/compare': ['src/base', 'src/measure', 'src/gates', 'src/report'],
  'src/trend': ['src/base', 'src/measure', 'src/gates', 'src/report', 'src/compare'],
  'src/run': [
    'src/base',
    'src/trino',
    'src/sql',
    'src/measure',
    'src/gates',
    'src/dump',
    'src/scenario',
    'src/plan',
    'src/replay',
    'src/shards',
    'src/stub',
    'src/fleet',
    'src/roll',
    'src/evidence',
    'src/report',
    'src/compare',
  ],
  'src/capacity/simulate': ['src/base'],
  'src/capacity/workload': ['src/base', 'src/trino', 'src/dump', 'src/capacity/simulate'],
  'src/capacity/model': ['src/base', 'src/measure'],
  'src/capacity/search': ['src/base', 'src/measure', 'src/capacity/simulate'],
  'src/capacity': [
    'src/base',
    'src/trino',
    'src/measure',
    'src/dump',
    'src/scenario',
    'src/plan',
    'src/replay',
    'src/fleet',
    'src/report',
    'src/run',
    'src/capacity/simulate',
    'src/capacity/workload',
    'src/capacity/model',
    'src/capacity/search',
  ],
  'src/cli': [
    'src/base',
    'src/measure',
    'src/gates',
    'src/dump',
    'src/scenario',
    'src/plan',
    'src/replay',
    'src/shards',
    'src/stub',
    'src/fleet',
    'src/roll',
    'src/run',
    'src/capacity',
    'src/report',
    'gateway',
    'src/compare',
    'src/trend',
  ],
};

// The folders inside a room, in import order: each imports from those before it. '.' is the room's own files.
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'src/measure': ['stats', 'record', 'summary', 'ledger', 'overhead', 'analyses', 'validity', 'figures', '.'],
};

// Where an npm package has its home; nobody else imports it.
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  antlr4ng: ['src/sql'],
  'chart.js': ['src/report'],
  commander: ['src/cli'],
  'csv-parse': ['src/dump'],
  'dt-sql-parser': ['src/sql'],
  fastify: ['gateway/http', 'gateway/proxy', 'gateway'],
  'hdr-histogram-js': ['src/measure'],
  hyparquet: ['src/measure'],
  'hyparquet-writer': ['src/measure'],
  jose: ['gateway/identity', 'gateway/auth'],
  kysely: ['gateway/store'],
  ldapts: ['gateway/auth'],
  mysql2: ['src/dump', 'src/shards', 'gateway/store'],
  pg: ['src/dump', 'src/shards', 'gateway/store'],
  pino: ['gateway', 'src/cli'],
  'prom-client': ['gateway/http'],
  re2js: ['src/base', 'gateway/config', 'gateway/rules'],
  'trino-client': ['src/dump', 'src/replay'],
  undici: ['src/fleet', 'src/roll', 'gateway/identity', 'gateway/routing'],
  yaml: ['src/base', 'src/cli', 'gateway/rules'],
  zod: [
    'src/base',
    'src/roll',
    'src/evidence',
    'src/run',
    'src/scenario',
    'src/stub',
    'src/fleet',
    'src/capacity',
    'gateway/config',
    'gateway/rules',
    'gateway/backends',
    'gateway/routing',
    'gateway/sql',
    'gateway/identity',
    'gateway/http',
    'gateway/auth',
  ],
};

const files = globSync(['src/**/*.ts', 'gateway/**/*.ts'], { cwd: projectRoot }).toSorted();

function roomOf(file: string): string {
  const parts = dirname(file).split('/');
  for (let n = parts.length; n > 0; n--) {
    const room = parts.slice(0, n).join('/');
    if (ROOMS[room] !== undefined) return room;
  }
  return dirname(file);
}

const IMPORT_FORMS = [
  /^(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\('([^']+)'\)/g,
  /\bimport\.meta\.resolve\('([^']+)'\)/g,
];

function importsOf(file: string): string[] {
  const text = readFileSync(join(projectRoot, file), 'utf8');
  return IMPORT_FORMS.flatMap((form) => [...text.matchAll(form)].map((m) => m[1] ?? ''));
}

function problemsOf(file: string): string[] {
  const room = roomOf(file);
  return [...new Set(importsOf(file))].flatMap((name) => {
    if (name.startsWith('node:')) return [];
    if (!name.startsWith('.')) {
      const home =
        PACKAGES[
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/')
        ];
      return home?.includes(room) ? [] : [`${file}: package ${name} has no home in ${room}`];
    }
    const target = roomOf(relative(projectRoot, join(projectRoot, dirname(file), name)));
    return target === room || ROOMS[room]?.includes(target)
      ? []
      : [`${file}: ${room} may not import ${target} (${name})`];
  });
}

function foldersBackwards(room: string, order: readonly string[]): string[] {
  const placeOf = (file: string) => order.indexOf(relative(room, dirname(file)) || '.');
  const inside = files.filter((file) => roomOf(file) === room);
  return inside.flatMap((file) => {
    if (placeOf(file) < 0) return [`${file}: its folder is not in the table`];
    const targets = importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => join(dirname(file), name));
    return targets
      .filter((target) => roomOf(target) === room && placeOf(target) > placeOf(file))
      .map((target) => `${file} → ${target}`);
  });
}

describe('architecture', () => {
  test('every source file stands in a room of the table', () => {
    expect(files.filter((file) => ROOMS[roomOf(file)] === undefined)).toEqual([]);
    expect(files.length).toBeGreaterThan(50);
  });

  test('imports go one way, and packages stay in their homes', () => {
    expect(files.flatMap(problemsOf)).toEqual([]);
  });

  test('inside a room of many folders imports go one way too', () => {
    expect(Object.entries(FOLDERS).flatMap(([room, order]) => foldersBackwards(room, order))).toEqual([]);
  });

  test('the table itself goes one way', () => {
    const order = Object.keys(ROOMS);
    const upwards = order.flatMap((room, i) =>
      (ROOMS[room] ?? []).filter((other) => order.indexOf(other) >= i).map((other) => `${room} → ${other}`),
    );
    expect(upwards).toEqual([]);
  });
});
