/**
 * Who goes next when a group has no place: in turn between users, in order of arrival for each user, so that one who
 * sends a thousand statements makes another wait for one of them and not for all.
 */

export interface Spot {
  readonly group: string;
  readonly user: string;
  /** False between two polls of a queued statement: then others pass by, and it keeps its place. */
  isPresent: boolean;
  /** True while its statement is being sent. */
  isGoing: boolean;
  /** Called when it may be its turn. */
  wake: (() => void) | undefined;
}

/** A group's users in the order of their turns, each with his spots in the order of arrival. */
type Users = Map<string, Set<Spot>>;

export class Line {
  readonly #groups = new Map<string, Users>();

  /** Spots of a group. */
  size(group: string): number {
    let size = 0;
    for (const spots of this.#groups.get(group)?.values() ?? []) size += spots.size;
    return size;
  }

  join(group: string, user: string): Spot {
    const users: Users = this.#groups.get(group) ?? new Map();
    this.#groups.set(group, users);
    const spot: Spot = { group, user, isPresent: true, isGoing: false, wake: undefined };
    const spots = users.get(user);
    if (spots === undefined) users.set(user, new Set([spot]));
    else spots.add(spot);
    return spot;
  }

  /** A spot for a statement that waits for one certain cluster: it stands in nobody's way. */
  aside(group: string, user: string): Spot {
    return { group, user, isPresent: true, isGoing: false, wake: undefined };
  }

  /** Whether a statement may take a place of the group: with a spot when its turn has come, without when nobody waits. */
  mayGo(group: string, spot: Spot | undefined): boolean {
    const next = this.#next(group);
    return next === undefined || next === spot;
  }

  /** Its statement is being sent: the user's next turn is after everybody else's. */
  going(spot: Spot): void {
    spot.isGoing = true;
    const users = this.#groups.get(spot.group);
    const spots = users?.get(spot.user);
    if (users === undefined || spots === undefined) return;
    users.delete(spot.user);
    users.set(spot.user, spots);
    this.signal(spot.group);
  }

  /** It was not taken; it waits on, in its old order. */
  back(spot: Spot): void {
    spot.isGoing = false;
  }

  /** Leaving twice is no error. */
  leave(spot: Spot): void {
    const users = this.#groups.get(spot.group);
    const spots = users?.get(spot.user);
    if (spots?.delete(spot) === true && spots.size === 0) users?.delete(spot.user);
    if (users?.size === 0) this.#groups.delete(spot.group);
    const { wake } = spot;
    spot.wake = undefined;
    wake?.();
    this.signal(spot.group);
  }

  /** Something changed: whoever is next in the group, or in every group, looks again. */
  signal(group?: string): void {
    for (const name of group === undefined ? [...this.#groups.keys()] : [group]) this.#next(name)?.wake?.();
  }

  #next(group: string): Spot | undefined {
    const users = this.#groups.get(group);
    if (users === undefined) return undefined;
    for (const spots of users.values()) {
      for (const spot of spots) if (spot.isPresent && !spot.isGoing) return spot;
    }
    return undefined;
  }
}
