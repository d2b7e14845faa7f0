/** A statement on its way to a cluster: what is sent, where it may go, and what was asked for when it came. */
import type { Draft } from '../capture/entry.ts';
import type { Caller } from './caller.ts';
import type { Wanted } from './choose.ts';
import type { ClientSide } from './headers.ts';

/** The request that a client submitted the statement with; its call may have been answered since, from the queue. */
export interface Origin {
  readonly method: string;
  readonly url: string;
  header(name: string): string | null;
}

export interface Submission {
  readonly origin: Origin;
  /** What is sent of the client's side: a router may have changed headers. */
  readonly client: ClientSide;
  readonly body: Buffer;
  readonly wanted: Wanted;
  /** Set when a running query or an open transaction ties the statement to one backend. */
  readonly tiedTo: string | undefined;
  /** Bytes that are taken from the bound on held statements while it is under way. */
  readonly heldBytes: number;
  /** What is captured of it; undefined where nothing is captured. */
  readonly draft?: Draft | undefined;
  /** False where somebody has said that the statement is not to be run again. */
  readonly mayRerun: boolean;
}

/** What a cluster's answer to the statement said. */
export interface Taken {
  readonly proxyTo: string;
  readonly queryId: string;
  /** Path of the next page there; undefined when there is none. */
  readonly nextPath: string | undefined;
}

/** A statement, the client that is to be answered now, and who wants to know where it went. */
export interface Attempt extends Submission {
  readonly caller: Caller;
  readonly onTaken?: (taken: Taken) => void | Promise<void>;
  /** A backend that is not to take it at present. */
  readonly avoids?: () => string | undefined;
  /** Set for a re-run: the id that the client goes on with. */
  readonly renameTo?: string | undefined;
  /** Header lines added to the answer, once it has been taken. */
  readonly extraLines?: () => string;
  /** True once it is not to be sent any more. */
  readonly isOver?: () => boolean;
}

/** True for statements that any backend of their group may take: only those wait for one another. */
export function waitsInLine({ tiedTo, wanted }: Submission): boolean {
  return tiedTo === undefined && wanted.backend === undefined;
}
