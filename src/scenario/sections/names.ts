/** Names that several sections use. */
import { z } from 'zod';

export const clusterName = z
  .string()
  .max(60, 'expected at most 60 characters')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected a name of letters, digits, - _ .');
