/** One client request being answered, as the routing rooms see it. */
import type { Call } from '../relay/call.ts';
import { type Fields, firstValue } from '../relay/fields.ts';
import { HopTimes } from '../relay/hop-times.ts';
import type { Target } from '../relay/target.ts';
import type { RoutedRequest } from '../routing/request.ts';
import type { ClientSide } from './headers.ts';
import type { RequestKind } from './latency.ts';

export class Caller implements RoutedRequest, ClientSide {
  readonly call: Call;
  readonly times = new HopTimes();
  /** Told apart once it is known what the request is. */
  kind: RequestKind = 'other';
  /** With `compat: strict` troubles are told in the Java gateway's words. */
  readonly isStrict: boolean;
  /** Of the cluster that the client's URL names; the target has it no more. */
  prefix: string | undefined;

  readonly #target: Target;

  /** `target`: what the request is for, where that is not what the client named. */
  constructor(call: Call, target: Target = call.head.target, isStrict = false) {
    this.call = call;
    this.#target = target;
    this.isStrict = isStrict;
  }

  get method(): string {
    return this.call.head.method;
  }

  get target(): Target {
    return this.#target;
  }

  get path(): string {
    return this.#target.path;
  }

  get url(): string {
    return this.#target.raw;
  }

  get fields(): Fields {
    return this.call.head.fields;
  }

  get connection(): string | undefined {
    return this.call.head.connection;
  }

  get host(): string | undefined {
    return this.call.head.host;
  }

  get address(): string {
    return this.call.address;
  }

  get isSecure(): boolean {
    return this.call.isSecure;
  }

  /** Put together when asked for: few routers do. */
  get rawHeaders(): readonly string[] {
    const { names, values } = this.fields;
    return names.flatMap((name, i) => [name.text, values[i] ?? '']);
  }

  /** True once the client has hung up before its answer was complete. */
  get gone(): boolean {
    return this.call.isGone;
  }

  header(name: string): string | null {
    return firstValue(this.fields, name.toLowerCase()) ?? null;
  }
}
