import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUCKETS_MS, LatencyHistogram } from '../../gateway/proxy/latency.ts';
import { projectRoot } from '../../src/base/project.ts';
import { call, fake, finish, gateway, post } from './helpers.ts';

/** Value of a sample by its name and a part of its labels; undefined when there is none. */
function sample(text: string, name: string, ...labels: string[]): number | undefined {
  const line = text
    .split('\n')
    .find((l) => l.replace(/[{ ].*/, '') === name && labels.every((label) => l.includes(label)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

async function started() {
  const blue = await fake();
  const gw = await gateway({
    backends: [{ name: 'blue', proxyTo: blue.url }],
    proxy: { serverTiming: true },
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const scrape = async (accept = 'text/plain') => call(`${gw.url}/metrics`, { headers: { accept } });
  return { blue, gw, scrape };
}

test('statements, polls and their hops are counted; every request at every hop it reached', async () => {
  const { gw, scrape } = await started();
  for (let i = 0; i < 3; i++) await finish(await post(gw.url, 'SELECT 1'));
  await call(`${gw.url}/v1/query/20200101_000000_00000_zzzzz`);
  const text = (await scrape()).text();
  expect(sample(text, 'rehearse_gateway_requests_total', 'kind="statement"', 'status="200"')).toBe(3);
  const polls = sample(text, 'rehearse_gateway_requests_total', 'kind="poll"', 'status="200"') ?? 0;
  expect(polls).toBeGreaterThanOrEqual(3);
  expect(sample(text, 'rehearse_gateway_sticky_total', 'source="memory"')).toBe(polls);
  expect(sample(text, 'rehearse_gateway_sticky_total', 'source="unknown"')).toBe(1);
  expect(sample(text, 'rehearse_gateway_decisions_total', 'group="adhoc"', 'by="default"')).toBe(3);
  for (const hop of ['route', 'queue', 'connect', 'first_byte', 'transfer']) {
    const labels = ['kind="statement"', `hop="${hop}"`];
    expect([hop, sample(text, 'rehearse_gateway_hop_seconds_count', ...labels)]).toEqual([hop, 3]);
    expect([hop, sample(text, 'rehearse_gateway_hop_seconds_bucket', ...labels, 'le="+Inf"')]).toEqual([
      hop,
      3,
    ]);
  }
  expect(sample(text, 'rehearse_gateway_backend_status', 'backend="blue"', 'status="HEALTHY"')).toBe(1);
  expect(sample(text, 'rehearse_gateway_backend_open_queries', 'backend="blue"')).toBe(0);
  expect(sample(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

test('the hops of a request add up to its total', async () => {
  const { gw, scrape } = await started();
  await finish(await post(gw.url, 'SELECT 1'));
  const text = (await scrape()).text();
  const hops = ['route', 'queue', 'connect', 'first_byte', 'transfer'].map(
    (hop) =>
      sample(text, 'rehearse_gateway_hop_seconds_sum', 'kind="statement"', `hop="${hop}"`) ?? Number.NaN,
  );
  const total = sample(text, 'rehearse_gateway_request_seconds_sum', 'kind="statement"') ?? Number.NaN;
  expect(hops.every((seconds) => seconds >= 0)).toBe(true);
  expect(Math.abs(hops.reduce((a, b) => a + b) - total)).toBeLessThan(0.005);
});

test('a backend that is lost shows in its status and in what was retried', async () => {
  const { blue, gw, scrape } = await started();
  await blue.kill();
  await gw.until('blue', { trinoStatus: 'UNHEALTHY' });
  const text = (await scrape()).text();
  expect(sample(text, 'rehearse_gateway_backend_status', 'backend="blue"', 'status="UNHEALTHY"')).toBe(1);
  expect(sample(text, 'rehearse_gateway_backend_status', 'backend="blue"', 'status="HEALTHY"')).toBe(0);
});

test('OpenMetrics unless plain text alone is asked for, the Java gateway’s names in both', async () => {
  const { gw, scrape } = await started();
  await post(gw.url, 'SELECT 1');
  const plain = await scrape();
  expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const open = await scrape('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
  expect(open.headers['content-type']).toMatch(/^application\/openmetrics-text/);
  expect(open.text()).toMatch(/# EOF\n$/);
  expect((await scrape('*/*')).headers['content-type']).toBe(
    'application/openmetrics-text;charset=utf-8;version=1.0.0',
  );
  expect(open.text()).toMatch(/^# TYPE rehearse_gateway_held counter$/m);
  expect(open.text()).toMatch(/^rehearse_gateway_held_total 0$/m);
  const java = 'io_trino_gateway_ha_clustermonitor_type_ClusterMetricsStats_name_blue_ActivationStatus';
  expect(sample(plain.text(), java)).toBe(1);
  const healthy = 'io_trino_gateway_ha_router_name_ClusterStats_cluster_id_blue_TrinoStatusHealthy';
  expect(sample(plain.text(), healthy)).toBe(1);
});

test('names of clusters and groups cannot break the exposition', async () => {
  const { gw, scrape } = await started();
  const name = 'a"} 1 evil_metric{x="\\';
  const body = JSON.stringify({ name, proxyTo: 'http://127.0.0.1:9', routingGroup: 'g"\\n' });
  await call(`${gw.url}/gateway/backend/modify/add`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const lines = (await scrape()).text().split('\n');
  expect(lines.filter((l) => l.startsWith('evil_metric'))).toEqual([]);
  const form =
    /^(?:#.*|[a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})? -?(?:[\d.e+-]+|NaN|[+-]Inf)|)$/;
  expect(lines.filter((l) => !form.test(l))).toEqual([]);
});

test('Server-Timing is on answers when it is switched on', async () => {
  const { gw } = await started();
  const answer = await call(`${gw.url}/v1/statement`, {
    method: 'POST',
    body: 'SELECT 1',
    headers: { 'x-trino-user': 'u' },
  });
  expect(answer.headers['server-timing']).toMatch(
    /^route;dur=\d+\.\d+, queue;dur=\d+\.\d+, connect;dur=\d+\.\d+, first_byte;dur=\d+\.\d+$/,
  );
  const page = answer.json() as { nextUri: string };
  expect((await call(page.nextUri)).headers['server-timing']).toBeDefined();
  expect((await call(`${gw.url}/v1/info`)).headers['server-timing']).toBeDefined();
  const off = await gateway({});
  expect((await call(`${off.url}/v1/info`)).headers['server-timing']).toBeUndefined();
});

describe('histogram', () => {
  test('bounds are inclusive, and what exceeds the last is counted', () => {
    const histogram = new LatencyHistogram();
    for (const ms of [0, 0.1, 0.100001, 60_000, 60_001]) histogram.observe(ms);
    const last = BUCKETS_MS.length;
    expect([...histogram.counts].flatMap((n, i) => (n > 0 ? [[i, n]] : []))).toEqual([
      [0, 2],
      [1, 1],
      [last - 1, 1],
      [last, 1],
    ]);
    expect(histogram.sumMs).toBeCloseTo(120_001.200001, 5);
  });
});

test('every metric of the gateway is documented, and nothing else is', async () => {
  const { scrape } = await started();
  const live = [...(await scrape()).text().matchAll(/^# HELP (\w+) (.*)$/gm)]
    .filter(([, name]) => !name?.startsWith('io_trino_'))
    .map(([, name, help]) => `${name} ${help}`);
  const page = readFileSync(join(projectRoot, 'docs/gateway-metrics.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)` \| \w+ \| (.*) \|$/gm)].map(
    ([, n, help]) => `${n} ${help}`,
  );
  expect(documented).toEqual(live);
});
