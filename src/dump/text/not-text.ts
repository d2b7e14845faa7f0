/** Kinds of file that people hand in by mistake, with what to do instead: by their first bytes, and by their first words. */

interface Kind {
  readonly magic: string | readonly number[];
  /** Where the magic stands; at the beginning when not given. */
  readonly at?: number;
  readonly reason: string;
}

const packedWith = (what: string) => `is packed with ${what}; unpack it, or pack it with gzip instead`;
const exported = (what: string) => `is ${what}; export it as CSV or JSON lines`;

const KINDS: readonly Kind[] = [
  { magic: 'PK\x03\x04', reason: 'is a zip archive; unpack it, or pack it with gzip instead' },
  { magic: 'PK\x05\x06', reason: 'is a zip archive with nothing in it' },
  { magic: 'ustar', at: 257, reason: 'is a tar archive; unpack it, and name the files in it' },
  { magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], reason: packedWith('7-Zip') },
  { magic: 'BZh', reason: packedWith('bzip2') },
  { magic: [0xfd, 0x37, 0x7a, 0x58], reason: packedWith('xz') },
  { magic: [0x04, 0x22, 0x4d, 0x18], reason: 'is packed with lz4; unpack it, or pack it with zstd instead' },
  { magic: [0xff, 0x06, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59], reason: packedWith('snappy') },
  { magic: 'PAR1', reason: exported('a Parquet file') },
  { magic: 'ORC', reason: exported('an ORC file') },
  { magic: 'Obj\x01', reason: exported('an Avro file') },
  { magic: 'SQLite format 3\0', reason: exported('a SQLite database') },
  { magic: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], reason: exported('an old Office document') },
  { magic: '%PDF-', reason: exported('a PDF document') },
  { magic: [0x89, 0x50, 0x4e, 0x47], reason: 'is a picture; export the rows behind it as CSV or JSON lines' },
  { magic: [0xff, 0xfe, 0, 0], reason: 'is UTF-32 text; save it as UTF-8' },
];

/** Why bytes are no text, by what they begin with; undefined where they may be. */
export function notText(head: Buffer): string | undefined {
  return KINDS.find(({ at = 0, magic }) => {
    const bytes = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : Buffer.from(magic);
    return head.subarray(at, at + bytes.length).equals(bytes);
  })?.reason;
}

const TEXTS: readonly { readonly begins: RegExp; readonly reason: string }[] = [
  {
    begins: /^<(?:!doctype html|html)\b/i,
    reason: 'is a web page, perhaps one that asks to sign in; download the export itself',
  },
  { begins: /^<\?xml\b/i, reason: 'is XML; export it as CSV or JSON lines' },
  {
    begins: /^version https:\/\/git-lfs\.github\.com\//,
    reason: 'is a pointer of Git LFS; fetch the file with git lfs pull',
  },
  {
    begins: /^(?:-- (?:MySQL|MariaDB|PostgreSQL database) dump|\/\*!\d)/,
    reason:
      'is a dump of SQL statements; export the table as CSV (mysql --batch, psql CSV HEADER), or ask the database with rehearse dump pull',
  },
  {
    begins: /^\+-[-+]*\+\s*\n/,
    reason: 'is a table drawn for people; export it as CSV (mysql --batch; trino --output-format CSV_HEADER)',
  },
  {
    begins: /^[^\n]*\n-+(?:\+-+)+\s*\n/,
    reason:
      'is a table drawn for people; export it as CSV (psql CSV HEADER; trino --output-format CSV_HEADER)',
  },
  {
    begins: /^[^\r\n]*\r(?!\n)[^\n]*$/,
    reason: 'ends its lines with a carriage return alone; give them newlines, as tr does with \\r and \\n',
  },
];

/** Why a text is no dump, by how it begins; undefined where it may be. */
export function noDump(start: string): string | undefined {
  return TEXTS.find(({ begins }) => begins.test(start))?.reason;
}
