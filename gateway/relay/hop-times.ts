/** When one request reached each of its hops, on the monotonic clock in milliseconds; 0 for a hop not reached. */
export class HopTimes {
  readonly beganMs = performance.now();
  /** It is known where the request goes: to which group, or to which backend by its query id. */
  routedMs = 0;
  /** Given to a connection, the last time where there were several. */
  sentMs = 0;
  connectedMs = 0;
  /** The head of the answer has come. */
  headMs = 0;

  routed(): void {
    this.routedMs = performance.now();
  }

  sent(): void {
    this.sentMs = performance.now();
    this.headMs = 0;
  }

  /** `connectedMs`: when the connection came to stand; before the request was sent for one that was kept. */
  headCame(connectedMs: number): void {
    this.connectedMs = Math.max(this.sentMs, connectedMs);
    this.headMs = performance.now();
  }
}
