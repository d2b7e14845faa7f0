/** The parts of a record whose words are a closed set. */
export type Part =
  | 'query id'
  | 'error name'
  | 'error type'
  | 'query type'
  | 'row count'
  | 'time zone'
  | 'client capability'
  | 'data encoding'
  | 'language'
  | 'other header';
