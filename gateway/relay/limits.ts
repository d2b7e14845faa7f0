/** How much and how long: the relay's bounds, apart from those that the configuration sets. */
import { MAX_HEADER_BYTES } from '../../src/trino/headers.ts';

/** Request and response heads; as much as coordinators take. */
export const MAX_HEAD_BYTES = MAX_HEADER_BYTES;
/**
 * All heads together that have begun and not ended. Anybody can begin one, so thousands must not cost what they may be long;
 * honest ones come in a few pieces, and end at once.
 */
export const MAX_HELD_HEAD_BYTES = 64 * 1024 * 1024;
/** Prepared statements come one line each, so there are honest heads of hundreds of lines. */
export const MAX_FIELDS = 2_000;
/** The longest registered method has seventeen (`UPDATEREDIRECTREF`). */
export const MAX_METHOD_BYTES = 32;
export const MAX_TARGET_BYTES = 64 * 1024;

/** One chunk's size line with its extensions; what stands there has no use for anybody here. */
export const MAX_CHUNK_LINE_BYTES = 1024;
/** Of chunk extensions in one body: a way to send much that nobody sees. */
export const MAX_EXTENSION_BYTES = 16 * 1024;
export const MAX_TRAILER_BYTES = 16 * 1024;

/** Interim answers (1xx) before the final one. */
export const MAX_INTERIM_ANSWERS = 16;
/** Bytes a client may send ahead of the answer to its last request before it is no longer read. */
export const MAX_AHEAD_BYTES = 64 * 1024;
/** Of a request's body that nobody wanted, read so that the connection can be kept. */
export const MAX_UNWANTED_BYTES = 64 * 1024;

/** How long a client may take. */
export interface ClientPatience {
  /** From a head's first byte to its last. */
  readonly headMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** For the next piece of a request's body. */
  readonly bodyMs: number;
  /** To take anything of what is being sent to it. */
  readonly stallMs: number;
}

export const CLIENT_PATIENCE: ClientPatience = {
  headMs: 30_000,
  // Longer than load balancers keep idle connections, so that they close first.
  keepAliveMs: 75_000,
  bodyMs: 60_000,
  // Result pages are read at leisure.
  stallMs: 10 * 60_000,
};
/** After an answer that ends the connection: time for the client to read it before the rest is thrown away. */
export const LINGER_MS = 2_000;

/** Idle connections to backends; coordinators keep theirs for 200 s, proxies before them mostly for 60 s. */
export const UPSTREAM_IDLE_MS = 50_000;
