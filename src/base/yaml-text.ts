/** Values as YAML for people to read: reports and printed configurations. */
import { stringify } from 'yaml';

/** The value as block YAML without anchors; long strings are not folded. Undefined becomes an empty text. */
export function formatYaml(value: unknown): string {
  return value === undefined ? '' : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
