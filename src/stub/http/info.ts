/** The small endpoints that monitors ask: /v1/info, /v1/status, /metrics, /v1/node, /v1/jmx. */
import { userOf } from '../coordinator/client.ts';
import type { Coordinator } from '../coordinator/coordinator.ts';
import { gauges, STUB_VERSION } from '../coordinator/listings.ts';
import {
  type Exchange,
  type Handled,
  JSON_HEAD,
  NO_RESOURCE_TEXT,
  sendRefusal,
  sendText,
  sendValue,
} from './reply.ts';

const ENVIRONMENT = 'rehearse-stub';

/** A duration as airlift prints it: two decimals and the largest unit that fits. */
export function airliftDuration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms >= length) ?? ['ms', 1];
  return `${(ms / size).toFixed(2)}${unit}`;
}

/** GET /v1/info: the fields of release 478 and later, and a mark that nobody takes for the real thing. */
export function serverInfo(coordinator: Coordinator): object {
  return {
    nodeVersion: { version: STUB_VERSION },
    environment: ENVIRONMENT,
    coordinator: true,
    starting: coordinator.phase() === 'starting',
    uptime: airliftDuration(coordinator.uptimeMs()),
    coordinatorId: coordinator.suffix,
    nodeId: `${coordinator.suffix}-0`,
    simulation: true,
  };
}

function serverStatus(coordinator: Coordinator): object {
  const heap = process.memoryUsage();
  const processors = coordinator.config.workers;
  return {
    nodeId: `${coordinator.suffix}-0`,
    nodeVersion: { version: STUB_VERSION },
    environment: ENVIRONMENT,
    coordinator: true,
    uptime: airliftDuration(coordinator.uptimeMs()),
    externalAddress: coordinator.config.host,
    internalAddress: coordinator.config.host,
    memoryInfo: {
      availableProcessors: processors,
      pool: {
        maxBytes: heap.heapTotal,
        reservedBytes: 0,
        reservedRevocableBytes: 0,
        queryMemoryReservations: {},
        queryMemoryAllocations: {},
        queryMemoryRevocableReservations: {},
        taskMemoryReservations: {},
        taskMemoryRevocableReservations: {},
        freeBytes: heap.heapTotal,
      },
    },
    processors,
    processCpuLoad: 0,
    systemCpuLoad: 0,
    heapUsed: heap.heapUsed,
    heapAvailable: heap.heapTotal,
    nonHeapUsed: 0,
  };
}

/** Answers GET and HEAD of the endpoints of this file; false when the path is none of them. */
export function answerInfo(coordinator: Coordinator, exchange: Exchange, url: URL): boolean {
  const path = url.pathname;
  switch (path) {
    case '/v1/info':
      sendValue(exchange, serverInfo(coordinator));
      return true;
    case '/v1/info/state':
      if (exchange.req.method === 'PUT')
        sendText(exchange, 403, 'Error 403 Forbidden: Management only resource');
      else sendValue(exchange, 'ACTIVE');
      return true;
    case '/v1/info/coordinator':
      sendText(exchange, 200, '');
      return true;
    case '/v1/status':
      if (exchange.req.method === 'HEAD') sendText(exchange, 200, '', JSON_HEAD);
      else sendValue(exchange, serverStatus(coordinator));
      return true;
    case '/v1/node':
      sendValue(exchange, []);
      return true;
    case '/metrics':
      metrics(coordinator, exchange, url.searchParams.getAll('name[]'));
      return true;
    default:
      if (!path.startsWith('/v1/jmx/mbean/')) return false;
      mbean(coordinator, exchange, decodeURIComponent(path.slice('/v1/jmx/mbean/'.length)));
      return true;
  }
}

function metrics(coordinator: Coordinator, exchange: Exchange, names: readonly string[]): Handled {
  if (coordinator.phase() === 'starting')
    return sendText(exchange, 503, 'Error 503 Service Unavailable: Trino server is still initializing');
  const user = userOf(exchange.req);
  if (typeof user !== 'string') return sendRefusal(exchange, user);
  const lines = Object.entries(gauges(coordinator))
    .filter(([name]) => names.length === 0 || names.includes(name))
    .map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`);
  return sendText(exchange, 200, `${lines.join('')}# EOF\n`, {
    'Content-Type': 'application/openmetrics-text;charset=utf-8;version=1.0.0',
  });
}

function attributeInfo(name: string, value: number) {
  return { name, type: 'int', description: '', readable: true, writable: false, value };
}

/** The two beans that gateways' JMX monitors read. */
function mbean(coordinator: Coordinator, exchange: Exchange, objectName: string): Handled {
  const short = /name=(\w+)$/.exec(objectName)?.[1] ?? '';
  const prefix = new RegExp(`^trino_\\w+?_name_${short}_`);
  const attributes = Object.entries(gauges(coordinator))
    .filter(([name]) => short !== '' && prefix.test(name))
    .map(([name, value]) => attributeInfo(name.replace(prefix, ''), value))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (attributes.length === 0) return sendText(exchange, 404, NO_RESOURCE_TEXT);
  const className = `io.trino.${short}`;
  return sendValue(exchange, { objectName, className, description: '', attributes, operations: [] });
}
