// What the gateway is to reach, each as a figure of the same run.
import type { Row } from './rows.ts';

interface Aim {
  readonly aim: string;
  /** Of the row, the gateway's value is to be at most (or at least) so many times the other's, or so much. */
  readonly row: string;
  readonly than?: string;
  readonly most?: number;
  readonly least?: number;
}

const SHIPPED = 'Java gateway';
const TUNED = 'Java tuned';

const AIMS: readonly Aim[] = [
  { aim: 'CPU per poll, × nginx', row: 'CPU per poll', than: 'nginx', most: 1.5 },
  { aim: 'CPU per statement, × nginx', row: 'CPU per statement', than: 'nginx', most: 2.5 },
  { aim: 'polls/s, × the Java gateway', row: 'polls/s, c=64', than: SHIPPED, least: 4 },
  { aim: 'statements/s, × the Java gateway as shipped', row: 'statements/s, c=64', than: SHIPPED, least: 50 },
  { aim: 'statements/s, × the Java gateway tuned', row: 'statements/s, c=64', than: TUNED, least: 4 },
  {
    aim: 'added per statement, × the Java gateway as shipped',
    row: 'added per statement, c=1',
    than: SHIPPED,
    most: 0.03,
  },
  { aim: 'added per statement, ms (QueryFlux publishes 0.36)', row: 'added per statement, c=1', most: 0.36 },
  { aim: 'resident idle, MB', row: 'resident, idle', most: 90 },
  { aim: 'resident loaded, MB', row: 'resident, loaded', most: 150 },
];

export interface Judged {
  readonly aim: string;
  readonly wanted: string;
  readonly value: number;
  /** Undefined where what it is compared with was not measured. */
  readonly met: boolean | undefined;
}

export function judge(rows: readonly Row[]): readonly Judged[] {
  return AIMS.map(({ aim, row, than, most, least }) => {
    const values = rows.find(({ what }) => what === row)?.values ?? {};
    const own = values.gateway ?? Number.NaN;
    const value = than === undefined ? own : own / (values[than] ?? Number.NaN);
    const met = most === undefined ? value >= (least ?? 0) : value <= most;
    const wanted = most === undefined ? `≥ ${least}` : `≤ ${most}`;
    return { aim, wanted, value, met: Number.isNaN(value) ? undefined : met };
  });
}
