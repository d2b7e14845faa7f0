/** A small LDAP server: binds and searches over a table of entries, and nothing else of RFC 4511. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BerReader, BerWriter } from 'ldapts';
import { onTestFinished } from 'vitest';

export interface LdapEntry {
  readonly dn: string;
  readonly password: string;
  readonly uid: string;
  readonly memberOf: readonly string[];
}

const OK = 0;
const INVALID_CREDENTIALS = 49;
const BIND = 0x60;
const UNBIND = 0x42;
const SEARCH = 0x63;

export interface FakeLdap {
  readonly port: number;
  /** What was asked: `bind DN`, `search BASE FILTER-BYTES`. */
  readonly asked: string[];
  close(): void;
}

export async function fakeLdap(entries: readonly LdapEntry[]): Promise<FakeLdap> {
  const asked: string[] = [];
  const server = createServer((socket) => serve(socket, entries, asked));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => void server.close();
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, asked, close };
}

function serve(socket: Socket, entries: readonly LdapEntry[], asked: string[]): void {
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    for (let rest = data; rest.length > 0; ) {
      const length = 2 + (rest[1] ?? 0) + (rest[1] === 0x81 ? (rest[2] ?? 0) - 0x80 : 0);
      answer(socket, rest.subarray(0, length), entries, asked);
      rest = rest.subarray(length);
    }
  });
}

function answer(socket: Socket, message: Buffer, entries: readonly LdapEntry[], asked: string[]): void {
  const reader = new BerReader(message);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const operation = reader.peek();
  if (operation === UNBIND) return;
  reader.readSequence(operation ?? 0);
  if (operation === BIND) {
    reader.readInt();
    const dn = reader.readString() ?? '';
    const password = reader.readString(0x80) ?? '';
    asked.push(`bind ${dn}`);
    const fits = entries.some((e) => e.dn === dn && e.password === password);
    result(socket, id, 0x61, fits ? OK : INVALID_CREDENTIALS);
  } else if (operation === SEARCH) {
    const base = reader.readString() ?? '';
    const filter = message.toString('latin1');
    asked.push(`search ${base} ${filter.replace(/[^ -~]+/g, ' ')}`);
    const found = entries.filter(
      (e) => e.dn === base || (filter.includes('uid') && filter.includes(`${e.uid}0`)),
    );
    for (const entry of found) send(socket, id, entry);
    result(socket, id, 0x65, OK);
  }
}

function send(socket: Socket, id: number, entry: LdapEntry): void {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(entry.dn);
  writer.startSequence();
  writer.startSequence();
  writer.writeString('memberOf');
  writer.startSequence(0x31);
  for (const group of entry.memberOf) writer.writeString(group);
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}

function result(socket: Socket, id: number, tag: number, code: number): void {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString('');
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}
