/** Where the files of a group's rolls are. */
import { join } from 'node:path';
import type { ProductionRoll } from './config.ts';

type Place = Pick<ProductionRoll, 'state' | 'group'>;

export const stateFileOf = ({ state, group }: Place): string => join(state, group, 'state.json');
export const lockFileOf = ({ state, group }: Place): string => join(state, group, 'lock');
export const eventsFileOf = ({ state, group }: Place, id: string): string =>
  join(state, group, `${id}.events.ndjson`);
export const reportFileOf = ({ state, group }: Place, id: string): string => join(state, group, `${id}.md`);
