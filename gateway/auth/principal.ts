/** Who is asking, and what for. */

/** The Java gateway's three roles: changing things in the console, looking at them, scripts. */
export const ROLES = ['ADMIN', 'USER', 'API'] as const;
export type Role = (typeof ROLES)[number];

export interface Principal {
  readonly name: string;
  /** In the order of `ROLES`. */
  readonly roles: readonly Role[];
}

/** Who everybody is where no authentication is configured. */
export const EVERYBODY: Principal = { name: 'user', roles: ROLES };

/** True when the caller holds one of the wanted roles. */
export function holdsOneOf(principal: Principal, wanted: readonly Role[]): boolean {
  return wanted.some((role) => principal.roles.includes(role));
}
