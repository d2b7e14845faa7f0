/** The console: its files, read once, and a policy under which nothing else can be loaded or sent. */
import { readFileSync } from 'node:fs';
import { empty, type Route } from '../route.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

const SCRIPTS = ['console.js', 'api.js', 'parts.js', 'dashboard.js', 'clusters.js', 'history.js', 'rules.js'];

const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/trino-gateway', 'console.html', 'text/html;charset=utf-8'],
  ['/trino-gateway/console.css', 'console.css', 'text/css;charset=utf-8'],
  ...SCRIPTS.map((file) => [`/trino-gateway/${file}`, file, 'text/javascript;charset=utf-8'] as const),
];

export function consoleRoutes(): Route[] {
  const pages = FILES.map(([path, file, type]): Route => {
    const body = readFileSync(new URL(`./${file}`, import.meta.url));
    const answer = { status: 200, headers: { 'Content-Type': type, ...HEADERS }, body };
    return { method: 'GET', path, roles: [], body: 'none', handle: () => answer };
  });
  return [
    {
      method: 'GET',
      path: '/',
      roles: [],
      body: 'none',
      handle: () => ({ ...empty(303), headers: { Location: '/trino-gateway' } }),
    },
    ...pages,
  ];
}
