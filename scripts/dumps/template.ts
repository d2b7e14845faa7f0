/** What a statement of the sample day is made from. */
import type { Random } from '../../src/base/random.ts';

/** How long such a statement took in "production"; the day's recorded times are drawn by it. */
export type Cost = 'metadata' | 'light' | 'medium' | 'heavy' | 'etl';

export interface Context {
  readonly random: Random;
  /** A table's name as this client writes it: with catalog and schema, or bare. */
  table(name: string): string;
}

export interface Template {
  readonly name: string;
  readonly cost: Cost;
  /** Reads only region, nation, supplier and customer, so that it may also run at scale factor 1. */
  readonly small?: true;
  sql(context: Context): string;
}

export const SEGMENTS = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY'] as const;
export const REGIONS = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'] as const;
export const SHIP_MODES = ['AIR', 'FOB', 'MAIL', 'RAIL', 'REG AIR', 'SHIP', 'TRUCK'] as const;
export const PRIORITIES = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'] as const;
export const NATIONS = [
  'BRAZIL',
  'CANADA',
  'CHINA',
  'EGYPT',
  'FRANCE',
  'GERMANY',
  'INDIA',
  'JAPAN',
  'KENYA',
  'PERU',
] as const;

/** First day of a month in the data's years, as a SQL date literal. */
export function monthStart(random: Random, year = 1992 + random.below(6)): string {
  return `DATE '${year}-${String(1 + random.below(12)).padStart(2, '0')}-01'`;
}

/** A year that the data covers wholly. */
export function fullYear(random: Random): number {
  return 1992 + random.below(6);
}
