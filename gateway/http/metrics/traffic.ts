/** Metrics of the proxied requests. */
import type { Counters } from '../../proxy/counters.ts';
import { HOPS, REQUEST_KINDS } from '../../proxy/latency.ts';
import type { AdminContext } from '../context.ts';
import { byKey, histogramSamples, type Metric, one, type Sample } from './metric.ts';

const REQUEST_SECONDS = 'rehearse_gateway_request_seconds';
const HOP_SECONDS = 'rehearse_gateway_hop_seconds';

export function trafficMetrics(ctx: AdminContext): Metric[] {
  const { counters } = ctx;
  const { traffic } = counters;
  return [
    {
      name: 'rehearse_gateway_requests_total',
      help: 'Proxied requests by kind and status of the answer; status 0: the client hung up before it',
      type: 'counter',
      read: () =>
        REQUEST_KINDS.flatMap((kind) =>
          [...traffic[kind].answers].map(([status, value]) => ({
            labels: { kind, status: String(status) },
            value,
          })),
        ),
    },
    {
      name: REQUEST_SECONDS,
      help: 'Time from the head of a proxied request to the end of its answer, by kind',
      type: 'histogram',
      read: () =>
        REQUEST_KINDS.flatMap((kind) => histogramSamples(REQUEST_SECONDS, { kind }, traffic[kind].total)),
    },
    {
      name: HOP_SECONDS,
      help: 'Time at each hop: route, queue (held or retried), connect, first_byte, transfer',
      type: 'histogram',
      read: () =>
        REQUEST_KINDS.flatMap((kind) =>
          HOPS.flatMap((hop) => histogramSamples(HOP_SECONDS, { kind, hop }, traffic[kind].hops[hop])),
        ),
    },
    {
      name: 'rehearse_gateway_decisions_total',
      help: 'Statements by routing group and by who decided it',
      type: 'counter',
      read: () => Object.entries(counters.decisions).map(decision),
    },
    {
      name: 'rehearse_gateway_fallbacks_total',
      help: 'Requests that another group took, as theirs had no backend for them',
      type: 'counter',
      read: () => byKey('groups', counters.fallbacks),
    },
    {
      name: 'rehearse_gateway_sticky_total',
      help: 'Requests that follow a query, by how its backend was found',
      type: 'counter',
      read: () => byKey('source', { ...counters.sticky, gone: counters.gone, unknown: counters.unknown }),
    },
    ...troubleMetrics(counters),
    abandonedMetric(ctx),
    ...rerunMetrics(ctx),
    ...captureMetrics(ctx),
  ];
}

/** What backends cost their clients, or would have without this gateway. */
function troubleMetrics(counters: Counters): Metric[] {
  const counter = (name: string, help: string, read: () => number): Metric => ({
    name: `rehearse_gateway_${name}_total`,
    help,
    type: 'counter',
    read: () => one(read()),
  });
  return [
    counter(
      'resubmitted',
      'Statements sent again because a backend did not answer',
      () => counters.resubmitted,
    ),
    counter('held', 'Statements that waited for a ready backend', () => counters.held),
    counter('unplaced', 'Statements answered 503: no backend was to be had in time', () => counters.unplaced),
    counter(
      'polls_retried',
      'Polls sent again because a backend did not answer',
      () => counters.pollsRetried,
    ),
    counter(
      'foreign_ids',
      'Statements that a backend answered with the id of a query that runs on another one; sent elsewhere',
      () => counters.foreignIds,
    ),
    counter('answers_broken', 'Answers that broke off after a part was sent', () => counters.broken),
  ];
}

function captureMetrics({ capture }: AdminContext): Metric[] {
  return [
    {
      name: 'rehearse_gateway_captured_total',
      help: 'Statements written to the capture',
      type: 'counter',
      read: () => one(capture?.counts.captured ?? 0),
    },
    {
      name: 'rehearse_gateway_capture_lost_total',
      help: 'Statements not captured: capture.maxHeldSize was taken, or the files could not be written',
      type: 'counter',
      read: () => one(capture?.counts.lost ?? 0),
    },
  ];
}

function abandonedMetric({ counters }: AdminContext): Metric {
  return {
    name: 'rehearse_gateway_queries_abandoned_total',
    help: 'Queries cancelled, as their client hung up and did not come back',
    type: 'counter',
    read: () => one(counters.abandoned),
  };
}

function rerunMetrics({ counters, reruns }: AdminContext): Metric[] {
  return [
    {
      name: 'rehearse_gateway_reruns_total',
      help: 'Queries run again on another cluster, by how the first one lost them',
      type: 'counter',
      read: () => byKey('cause', counters.reruns),
    },
    {
      name: 'rehearse_gateway_reruns_refused_total',
      help: 'Queries that a cluster lost and that were not run again, by reason',
      type: 'counter',
      read: () => byKey('reason', counters.notRerun),
    },
    {
      name: 'rehearse_gateway_reruns_not_kept_total',
      help: 'Statements not kept for a re-run, as rerun.maxHeldSize was taken',
      type: 'counter',
      read: () => one(counters.rerunsNotKept),
    },
    {
      name: 'rehearse_gateway_rerun_kept_bytes',
      help: 'Statements and headers kept for re-runs',
      type: 'gauge',
      read: () => one(reruns.kept.bytes),
    },
  ];
}

/** `bi by rule superset` as labels; what was beyond the bound of told-apart decisions has none. */
function decision([key, value]: [string, number]): Sample {
  const at = key.indexOf(' by ');
  const labels = at < 0 ? { group: '', by: key } : { group: key.slice(0, at), by: key.slice(at + 4) };
  return { labels, value };
}
