/**
 * The Universal Scalability Law (Gunther, Guerrilla Capacity Planning): throughput at n queries at once is
 * X(n) = γn / (1 + α(n − 1) + βn(n − 1)), with α the share that is serialised and β the cost of keeping each with each
 * other in step. A cluster that runs at most k queries at once stays at X(k) from there on.
 */

export interface UslCoefficients {
  /** Throughput of one query at a time, queries per second. */
  readonly gamma: number;
  readonly alpha: number;
  readonly beta: number;
  /** Queries that run at once; Infinity when no plateau was seen. */
  readonly slots: number;
}

/** Throughput at a concurrency, queries per second. */
export function uslThroughput(n: number, { gamma, alpha, beta, slots }: UslCoefficients): number {
  const running = Math.min(n, slots);
  return (gamma * running) / (1 + alpha * (running - 1) + beta * running * (running - 1));
}

/** Concurrency of the highest throughput: √((1 − α)/β), at most the slots; null when it never falls. */
export function uslKnee({ alpha, beta, slots }: UslCoefficients): number | null {
  const top = beta > 0 && alpha < 1 ? Math.sqrt((1 - alpha) / beta) : Number.POSITIVE_INFINITY;
  const knee = Math.min(top, slots);
  return Number.isFinite(knee) ? knee : null;
}

/** One measurement: so many queries at once, so many ended per second. */
export interface LadderPoint {
  readonly concurrency: number;
  readonly throughput: number;
}

export interface UslFit {
  readonly coefficients: UslCoefficients;
  /** Root mean square of the relative residuals. */
  readonly error: number;
  /** Relative residuals, in the order of the points. */
  readonly residuals: readonly number[];
}

type Triple = readonly [number, number, number];

/**
 * Least squares of the relative residuals under γ > 0, α ≥ 0, β ≥ 0, by Levenberg and Marquardt with the step projected
 * onto the bounds; started from the linear form n/X = (1 + α(n − 1) + βn(n − 1))/γ, or from `start`. `slots` is the
 * known limit.
 */
export function fitUsl(points: readonly LadderPoint[], slots: number, start?: UslCoefficients): UslFit {
  let at: Triple = start === undefined ? linearStart(points, slots) : [start.gamma, start.alpha, start.beta];
  let damping = 1e-3;
  let error = sumOfSquares(points, at, slots);
  for (let round = 0; round < 100 && damping < 1e9; round++) {
    const { gradient, hessian } = normalEquations(points, at, slots);
    const step = solve3(damped(hessian, damping), gradient);
    const tried: Triple = [
      Math.max(1e-9, at[0] - step[0]),
      Math.max(0, at[1] - step[1]),
      Math.max(0, at[2] - step[2]),
    ];
    const after = sumOfSquares(points, tried, slots);
    if (after < error) {
      const gained = error - after;
      [at, error] = [tried, after];
      damping = Math.max(1e-12, damping / 5);
      if (gained < 1e-9 * error + 1e-18) break;
    } else damping *= 4;
  }
  // A bound that binds leaves the others to be found without it: the edges are tried by themselves.
  for (const edge of at[1] === 0 || at[2] === 0 ? edges(points, slots) : []) {
    const atEdge = sumOfSquares(points, edge, slots);
    if (atEdge < error) [at, error] = [edge, atEdge];
  }
  const residuals = points.map((p) => residual(p, at, slots));
  const coefficients = { gamma: at[0], alpha: at[1], beta: at[2], slots };
  return { coefficients, error: Math.sqrt(error / points.length), residuals };
}

/**
 * The same with the limit unknown: every whole number between the lowest and the highest measured concurrency is tried
 * as the plateau's begin, and none. A plateau is believed when it makes the squared error a quarter smaller at least.
 */
export function fitUslWithPlateau(points: readonly LadderPoint[]): UslFit {
  const free = fitUsl(points, Number.POSITIVE_INFINITY);
  const levels = points.map((p) => p.concurrency);
  let best = free;
  for (let slots = Math.max(2, Math.min(...levels)); slots < Math.max(...levels); slots++) {
    const fit = fitUsl(points, slots);
    if (fit.error < best.error) best = fit;
  }
  return best.error ** 2 < 0.75 * free.error ** 2 ? best : free;
}

function model(n: number, [gamma, alpha, beta]: Triple, slots: number): number {
  return uslThroughput(n, { gamma, alpha, beta, slots });
}

function residual(p: LadderPoint, at: Triple, slots: number): number {
  return p.throughput / model(p.concurrency, at, slots) - 1;
}

function sumOfSquares(points: readonly LadderPoint[], at: Triple, slots: number): number {
  let sum = 0;
  for (const p of points) sum += residual(p, at, slots) ** 2;
  return sum;
}

function normalEquations(points: readonly LadderPoint[], at: Triple, slots: number) {
  const gradient = [0, 0, 0];
  const hessian = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (const p of points) {
    const n = Math.min(p.concurrency, slots);
    const r = residual(p, at, slots);
    const ratio = r + 1;
    const contention = 1 + at[1] * (n - 1) + at[2] * n * (n - 1);
    const slopes = [-ratio / at[0], (ratio * (n - 1)) / contention, (ratio * n * (n - 1)) / contention];
    for (let i = 0; i < 3; i++) {
      gradient[i] = (gradient[i] ?? 0) + (slopes[i] ?? 0) * r;
      const row = hessian[i] as number[];
      for (let j = 0; j < 3; j++) row[j] = (row[j] ?? 0) + (slopes[i] ?? 0) * (slopes[j] ?? 0);
    }
  }
  return { gradient, hessian };
}

function damped(hessian: readonly number[][], damping: number): number[][] {
  return hessian.map((row, i) => row.map((v, j) => (i === j ? v * (1 + damping) + 1e-300 : v)));
}

/** n/X is linear in (1/γ, α/γ, β/γ): ordinary least squares, then cut to the bounds. */
function linearStart(points: readonly LadderPoint[], slots: number): Triple {
  const rows = points.map((p) => {
    const n = Math.min(p.concurrency, slots);
    return { x: [1, n - 1, n * (n - 1)], y: n / p.throughput };
  });
  const matrix = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => rows.reduce((sum, r) => sum + (r.x[i] ?? 0) * (r.x[j] ?? 0), 0)),
  );
  const right = [0, 1, 2].map((i) => rows.reduce((sum, r) => sum + (r.x[i] ?? 0) * r.y, 0));
  const [a, b, c] = solve3(damped(matrix, 1e-9), right);
  const lowest = points.reduce(
    (min, p) => (p.concurrency < min.concurrency ? p : min),
    points[0] as LadderPoint,
  );
  const gamma = a > 0 ? 1 / a : lowest.throughput / Math.min(lowest.concurrency, slots);
  return [gamma, Math.max(0, b * gamma), Math.max(0, c * gamma)];
}

/** The best points with β = 0, with α = 0, and with both: one dimension each, by golden section. */
function edges(points: readonly LadderPoint[], slots: number): Triple[] {
  const gammaFor = (alpha: number, beta: number): Triple => {
    // With α and β fixed the relative residuals are linear in 1/γ.
    let up = 0;
    let down = 0;
    for (const p of points) {
      const z = p.throughput / model(p.concurrency, [1, alpha, beta], slots);
      up += z * z;
      down += z;
    }
    return [up / down, alpha, beta];
  };
  const alphaOnly = golden((a) => sumOfSquares(points, gammaFor(a, 0), slots), 0, 1.5);
  const betaOnly = golden((b) => sumOfSquares(points, gammaFor(0, b), slots), 0, 0.5);
  return [gammaFor(0, 0), gammaFor(alphaOnly, 0), gammaFor(0, betaOnly)];
}

function golden(f: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  for (let round = 0; round < 40; round++) {
    const width = high - low;
    if (f(high - ratio * width) < f(low + ratio * width)) high = low + ratio * width;
    else low = high - ratio * width;
  }
  return (low + high) / 2;
}

/** Three equations with three unknowns, by Cramer's rule; zero where the matrix is singular. */
function solve3(m: readonly (readonly number[])[], right: readonly number[]): Triple {
  const det = (a: readonly (readonly number[])[]) => {
    const [r0 = [], r1 = [], r2 = []] = a;
    const [a0 = 0, a1 = 0, a2 = 0] = r0;
    const [b0 = 0, b1 = 0, b2 = 0] = r1;
    const [c0 = 0, c1 = 0, c2 = 0] = r2;
    return a0 * (b1 * c2 - b2 * c1) - a1 * (b0 * c2 - b2 * c0) + a2 * (b0 * c1 - b1 * c0);
  };
  const whole = det(m);
  const column = (k: number) => {
    const value = det(m.map((row, i) => row.map((v, j) => (j === k ? (right[i] ?? 0) : v)))) / whole;
    return Number.isFinite(value) ? value : 0;
  };
  return [column(0), column(1), column(2)];
}
