/** The gate that nobody has to write. */

const GATEWAY_LIVES = 'gateway.lost == 0';

/** The gates of a run and that one: a run whose gateway died does not pass. */
export function withImplied(gates: readonly string[]): readonly string[] {
  return gates.includes(GATEWAY_LIVES) ? gates : [...gates, GATEWAY_LIVES];
}
