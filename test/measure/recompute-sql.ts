/** The definitions of docs/measurement.md in SQL. Shares nothing with the program but the names of the columns. */

/** Views over the files of a run folder; times in milliseconds. Tolerances are the judge's settings. */
export function setUp(
  dir: string,
  clusters: readonly (readonly [string, string])[],
  detectionMs: number,
  _toleranceMs: number,
): readonly string[] {
  const groups = clusters.map(([name, group]) => `('${name}', '${group}')`).join(', ');
  return [
    `CREATE TABLE samples AS SELECT *, right(query_id, 5) AS suffix FROM read_parquet('${dir}/samples.parquet')`,
    `CREATE TABLE events AS SELECT * FROM read_json('${dir}/events.ndjson', format = 'newline_delimited',
       columns = {atUs: 'BIGINT', type: 'VARCHAR', cluster: 'VARCHAR', "group": 'VARCHAR', suffix: 'VARCHAR', action: 'INTEGER', text: 'VARCHAR'})`,
    `CREATE TABLE run AS SELECT * FROM read_json('${dir}/run.json')`,
    `CREATE TABLE clusters AS SELECT * FROM (VALUES ${groups}) t(cluster, grp)`,
    `CREATE TABLE processes AS SELECT i.suffix, i.cluster, c.grp, k.atUs AS ended_us
       FROM events i JOIN clusters c USING (cluster)
       LEFT JOIN events k ON k.type = 'cluster-killed' AND k.cluster = i.cluster WHERE i.type = 'cluster-incarnation'`,
    `CREATE TABLE judged AS SELECT s.*, p.cluster AS ran_on, p.grp AS ran_in, p.ended_us,
       CASE
         WHEN "end" = 'never-sent' THEN 'never-sent'
         WHEN "end" = 'cancelled' THEN 'cancelled'
         WHEN "end" = 'hung' THEN 'hung'
         WHEN "end" = 'finished' AND expected_rows >= 0 AND (rows <> expected_rows OR checksum <> expected_checksum) THEN 'wrong'
         WHEN "end" = 'finished' THEN 'finished'
         WHEN "end" = 'query-error' AND error_name IN ('SERVER_STARTING_UP', 'QUERY_QUEUE_FULL') THEN 'rejected'
         WHEN "end" = 'query-error' AND error_type = 'USER_ERROR' THEN 'failed-same'
         WHEN "end" = 'query-error' THEN 'failed-infra'
         WHEN "end" = 'http-error' AND stage = 'poll' THEN 'lost-next'
         WHEN "end" = 'http-error' AND http_status IN (502, 503, 504) THEN 'submit-unknown'
         WHEN "end" = 'http-error' THEN 'rejected'
         WHEN stage = 'poll' THEN 'transport'
         ELSE 'rejected' END AS outcome
       FROM samples s LEFT JOIN processes p ON s.query_id <> '' AND p.suffix = s.suffix`,
    `CREATE TABLE lost AS SELECT j.*, coalesce(k.action, -1) AS kill_action,
       CASE WHEN j.ended_us IS NOT NULL AND j.submitted_us >= 0 AND j.last_us >= j.ended_us THEN 'unavoidable'
            WHEN k.atUs IS NOT NULL THEN 'detection' ELSE 'avoidable' END AS blame
       FROM judged j LEFT JOIN (SELECT e.*, c.grp FROM events e JOIN clusters c USING (cluster) WHERE e.type = 'cluster-killed') k
         ON (k.cluster = j.ran_on AND j.last_us >= k.atUs)
         OR (j.query_id = '' AND j.expected_group = k.grp AND j.sent_us BETWEEN k.atUs AND k.atUs + ${detectionMs * 1000})
       WHERE outcome IN ('rejected', 'submit-unknown', 'lost-next', 'failed-infra', 'transport', 'hung', 'wrong')`,
    ...(['gateway', 'noise'] as const).map(
      (arm) => `CREATE TABLE pairs_${arm} AS SELECT
         row_number() OVER (ORDER BY least(a.sent_us, b.sent_us)) - 1 AS place, count(*) OVER () AS n,
         (a.submitted_us - a.sent_us) / 1e3 AS a_submit, (b.submitted_us - b.sent_us) / 1e3 AS b_submit,
         a.fastest_poll_us / 1e3 AS a_poll, b.fastest_poll_us / 1e3 AS b_poll,
         (a.last_us - a.sent_us) / 1e3 AS a_total, (b.last_us - b.sent_us) / 1e3 AS b_total
       FROM judged a JOIN judged b USING (pair)
       WHERE pair >= 0 AND a.arm = '${arm}' AND b.arm = 'baseline' AND a.outcome = 'finished' AND b.outcome = 'finished'
         AND a.ran_on = b.ran_on`,
    ),
  ];
}

const sent = `arm = 'gateway' AND outcome NOT IN ('never-sent', 'cancelled')`;
const among = (where: string) =>
  `SELECT count(*) FILTER (WHERE ${where}), count(*) FROM judged WHERE arm = 'gateway'`;
const drops = (where: string, among = sent) =>
  `SELECT (SELECT count(*) FROM lost WHERE arm = 'gateway' AND ${where}), (SELECT count(*) FROM judged WHERE ${among})`;
const actions = (kind: 'roll-started' | 'fault-started', where: string) =>
  `SELECT count(*) FILTER (WHERE ${where}), count(*) FROM events a WHERE type = '${kind}'`;

const UNTOLD = 'SELECT NULL, 0';

/** First the value, then (where it is one number more) the size of the sample. */
export const VALUES: Readonly<Record<string, string>> = {
  'queries.planned': among('true'),
  'queries.finished': among(`outcome = 'finished'`),
  'queries.neverSent': among(`outcome = 'never-sent'`),
  'queries.cancelled': among(`outcome = 'cancelled'`),
  'queries.perSecond': `SELECT count(*) FILTER (WHERE outcome = 'finished') / ((SELECT greatest(max(last_us), max(sent_us), max(intended_us), (SELECT max(atUs) FROM events)) FROM samples) / 1e6) FROM judged WHERE arm = 'gateway'`,
  'failed.same': among(`outcome = 'failed-same'`),
  'queries.overloaded': among(`outcome = 'overloaded'`),
  'recovered.byRetry': among(`outcome = 'finished' AND retries > 0`),
  'skipped.total': `SELECT list_sum([s.count FOR s IN skipped]) FROM run`,
  'drops.total': drops('true'),
  'drops.avoidable': drops(`blame = 'avoidable'`),
  'drops.unavoidable': drops(`blame = 'unavoidable'`),
  'drops.detection': drops(`blame = 'detection'`),
  'drops.rolls': drops('false'),
  // The kill's own, and what was lost while its phase lasted (from a millisecond before it to three seconds after).
  'drops.outsideFaults': drops(
    `kill_action < 0 AND NOT (CASE WHEN outcome = 'rejected' THEN sent_us ELSE last_us END BETWEEN 39999000 AND 43000000)`,
  ),
  'drops.wrong': drops(`outcome = 'wrong'`),
  'drops.hung': drops(`outcome = 'hung'`),
  'drops.rejected': drops(`outcome = 'rejected'`),
  'drops.rate': `SELECT (SELECT count(*) FROM lost WHERE arm = 'gateway') / count(*), count(*) FROM judged WHERE ${sent}`,
  'routing.mismatches': `SELECT count(*) FILTER (WHERE ran_in <> expected_group), count(*) FROM judged WHERE arm = 'gateway' AND sent_us >= 0 AND ran_on IS NOT NULL`,
  'routing.correctness': `SELECT count(*) FILTER (WHERE ran_in = expected_group) / count(*), count(*) FROM judged WHERE arm = 'gateway' AND sent_us >= 0 AND ran_on IS NOT NULL`,
  'routing.ambiguous': `SELECT 0, count(*) FROM judged WHERE arm = 'gateway' AND sent_us >= 0 AND ran_on IS NOT NULL`,
  'stickiness.breaks': `SELECT count(*) FILTER (WHERE (ended_us IS NULL OR last_us < ended_us) AND (stray_answers > 0 OR (outcome = 'lost-next' AND http_status = 404))), count(*) FROM judged WHERE arm = 'gateway' AND query_id <> '' AND polls > 0`,
  'ledger.lost': drops(`query_id = '' AND outcome <> 'wrong'`, `arm = 'gateway'`),
  'ledger.dropped': drops(`query_id <> '' AND outcome <> 'wrong'`, `arm = 'gateway'`),
  'ledger.wrong': among(`outcome = 'wrong'`),
  'ledger.reruns': among(`rerun_id <> ''`),
  'ledger.unexplained': among(`outcome = 'submit-unknown'`),
  'ledger.incomparable': among('enough_rows >= 0'),
  // This record holds no word of the clusters themselves, so nothing can be said of these.
  'ledger.duplicates': UNTOLD,
  'ledger.orphans': UNTOLD,
  'ledger.unprovenReruns': UNTOLD,
  'ledger.untold': UNTOLD,
  'queries.heldUp': `SELECT count(*) FILTER (WHERE submitted_us - sent_us > 1e6), count(*) FROM judged WHERE arm = 'gateway' AND outcome = 'finished'`,
  'gateway.lost': `SELECT count(*), 1 FROM events WHERE type = 'gateway-lost'`,
  'rolls.completed': actions(
    'roll-started',
    `EXISTS (FROM events e WHERE e.action = a.action AND e.type = 'roll-finished')`,
  ),
  'rolls.failed': actions(
    'roll-started',
    `NOT EXISTS (FROM events e WHERE e.action = a.action AND e.type = 'roll-finished')`,
  ),
  'rolls.withoutDrop': actions('roll-started', 'true'),
  'kills.proven': actions(
    'fault-started',
    `EXISTS (FROM events e WHERE e.action = a.action AND e.type = 'cluster-stopped') AND EXISTS (FROM judged j JOIN events k ON k.type = 'cluster-killed' AND k.cluster = j.ran_on WHERE j.arm = 'gateway' AND j.submitted_us >= 0 AND j.last_us >= k.atUs)`,
  ),
  // The roll took no cluster out of service, so it proves nothing.
  'faults.failed': `SELECT count(*), (SELECT count(*) FROM events WHERE type = 'fault-started') FROM events WHERE type = 'fault-failed'`,
  'actions.doubtful': `SELECT count(*) FILTER (WHERE type = 'roll-started'), count(*) FROM events WHERE type IN ('roll-started', 'fault-started')`,
  'schedule.lag.p99': nearest(0.99, '(sent_us - intended_us) / 1e3', `samples WHERE sent_us >= 0`),
  'schedule.lag.max': `SELECT max(sent_us - intended_us) / 1e3, count(*) FROM samples WHERE sent_us >= 0`,
};

/** The smallest value that a share q of the values does not exceed; null below ten values beyond it. */
function nearest(q: number, value: string, from: string): string {
  return `SELECT CASE WHEN count(*) * least(${q}, 1 - ${q}) >= 10 - 1e-9
    THEN list_sort(list(${value}))[greatest(1, ceil(${q} * count(*) - 1e-9)::BIGINT)] END, count(*) FROM ${from}`;
}

const QUANTILES: Readonly<Record<string, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
};

/** Figures that are made by a pattern: quantiles of latency, and what the pairs say. */
export function quantileOf(name: string): string | undefined {
  const latency = /^(latency|baseline)\.(response|service)\.(p[\d.]+)$/.exec(name);
  if (latency !== null) {
    const [, arm = '', clock = '', q = ''] = latency;
    const from = clock === 'response' ? 'intended_us' : 'sent_us';
    const timed = `(outcome IN ('finished', 'hung') OR (outcome = 'cancelled' AND sent_us >= 0))`;
    return nearest(
      QUANTILES[q] ?? 0,
      `(last_us - ${from}) / 1e3`,
      `judged WHERE arm = '${arm === 'latency' ? 'gateway' : arm}' AND ${timed}`,
    );
  }
  const pairs = /^(overhead|noise)\.(submit|poll|total)\.(\w+)$/.exec(name);
  if (pairs === null) return undefined;
  const [, what = '', level = '', of = ''] = pairs;
  const table = what === 'noise' ? 'pairs_noise' : 'pairs_gateway';
  if (of === 'median') return located(table, `a_${level} - b_${level}`, 'value');
  if (of === 'relative') return located(table, `ln(a_${level} / b_${level})`, 'exp(value) - 1');
  const q = QUANTILES[of] ?? 0;
  const arm = (letter: string) => nearest(q, `${letter}_${level}`, table).replace(', count(*) FROM', ' FROM');
  return `SELECT (${arm('a')}) - (${arm('b')}), (SELECT count(*) FROM ${table})`;
}

/** Blocks of neighbours, at least 20 pairs each and at most 30: the median of all means of two differences in each. */
const blocks = (table: string, difference: string) => `
  WITH counted AS (SELECT *, least(30, greatest(1, n // 20)) AS k FROM ${table}),
  cut AS (SELECT ${difference} AS d, place, (SELECT max(b) FROM range(30) t(b) WHERE b < k AND (b * n) // k <= place) AS block FROM counted),
  block AS (SELECT block, median((x.d + y.d) / 2) AS value FROM cut x JOIN cut y USING (block) WHERE x.place <= y.place GROUP BY block),
  means AS (SELECT (x.value + y.value) / 2 AS value FROM block x JOIN block y ON x.block <= y.block)`;

function located(table: string, difference: string, shown: string): string {
  return `${blocks(table, difference)} SELECT ${shown.replace('value', 'median(value)')}, (SELECT count(*) FROM ${table}) FROM means`;
}

/**
 * Critical values of the signed-rank sum, two-sided 5 %, as printed in textbooks (McCornack, JASA 1965): the interval
 * leaves out so many of the means on either side.
 */
const CRITICAL: Readonly<Record<number, number>> = {
  20: 52,
  21: 58,
  22: 65,
  23: 73,
  24: 81,
  25: 89,
  30: 137,
};

/** The interval of a median of paired differences; undefined for what has none that SQL can repeat. */
export function intervalOf(name: string): string | undefined {
  const match = /^(overhead|noise)\.(submit|poll|total)\.median$/.exec(name);
  if (match === null) return undefined;
  const table = match[1] === 'noise' ? 'pairs_noise' : 'pairs_gateway';
  const left = Object.entries(CRITICAL)
    .map(([k, cut]) => `WHEN ${k} THEN ${cut}`)
    .join(' ');
  return `${blocks(table, `a_${match[2]} - b_${match[2]}`)}, sorted AS (SELECT list_sort(list(value)) AS l FROM means),
    crit AS (SELECT CASE (SELECT count(*) FROM block) ${left} END AS c)
    SELECT l[c + 1], l[len(l) - c] FROM sorted, crit`;
}
