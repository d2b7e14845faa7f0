/** What a balancer sees of a backend. */
export interface Candidate {
  readonly name: string;
  readonly proxyTo: string;
}

export interface Balancer {
  /** One of the candidates, which are never empty and stand in the order of the registry. */
  pick<T extends Candidate>(candidates: readonly [T, ...T[]], group: string): T;
}

export interface BalancerInputs {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Queries open on a backend now, those being submitted included. */
  readonly loadOf: (proxyTo: string) => number;
}
