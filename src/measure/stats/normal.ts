/** The normal distribution, as far as intervals need it. */

/** P(Z > z), by Abramowitz and Stegun 7.1.26 (error below 1.5e-7); z at least 0. */
export function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (series * Math.exp(-x * x)) / 2;
}

/** The z that a share q of a normal distribution lies below, by bisection; q at least one half. */
export function normalQuantile(q: number): number {
  let low = 0;
  let high = 10;
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (1 - upperTail(middle) < q) low = middle;
    else high = middle;
  }
  return low;
}
