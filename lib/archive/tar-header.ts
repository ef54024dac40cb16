const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;
/** Largest number of an eleven-digit octal field. */
const MAX_OCTAL = 8 ** 11 - 1;
const TYPE_FLAGS = { file: "0", symlink: "2", directory: "5", pax: "x" } as const;

export interface TarEntryHeader {
  name: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  mode: number;
  modifiedAt: Date;
  linkTarget?: string;
}

/**
 * The blocks before an entry's body (POSIX.1-2001 pax interchange format): a ustar header, and before it an extended header for
 * whatever ustar cannot say: names over 100 bytes or beyond ASCII, 8 GiB and more, fractions of a second.
 */
export function tarHeader(entry: TarEntryHeader): Buffer {
  const records = paxRecords(entry);
  const seconds = tarSeconds(entry.modifiedAt);
  const main = ustar({ ...entry, typeFlag: TYPE_FLAGS[entry.type], link: entry.linkTarget ?? "", seconds });
  if (records === "") return main;
  const body = Buffer.from(records);
  const pax = ustar({ name: "PaxHeader", typeFlag: TYPE_FLAGS.pax, sizeBytes: body.length, mode: 0o644, link: "", seconds });
  return Buffer.concat([pax, body, tarPadding(body.length), main]);
}

/** Zeros that fill the last block of a body. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** Two blocks of zeros end a tar. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK_BYTES);
}

/** A time as a ustar header holds it: whole seconds, not before 1970, not after 2242. */
function tarSeconds(time: Date): number {
  return Math.min(Math.max(Math.floor(time.getTime() / 1000), 0), MAX_OCTAL);
}

function paxRecords(entry: TarEntryHeader): string {
  const milliseconds = entry.modifiedAt.getTime();
  const records: [string, string][] = [];
  if (!fitsName(entry.name)) records.push(["path", entry.name]);
  if (entry.linkTarget !== undefined && !fitsName(entry.linkTarget)) records.push(["linkpath", entry.linkTarget]);
  if (entry.sizeBytes > MAX_OCTAL) records.push(["size", String(entry.sizeBytes)]);
  if (tarSeconds(entry.modifiedAt) * 1000 !== milliseconds) records.push(["mtime", (milliseconds / 1000).toFixed(3)]);
  return records.map(([key, value]) => paxRecord(key, value)).join("");
}

/** "<length> <key>=<value>\n", where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes;
  while (length !== restBytes + String(length).length) length = restBytes + String(length).length;
  return `${length}${rest}`;
}

function fitsName(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name) && name.length <= NAME_BYTES;
}

function ustar(fields: { name: string; typeFlag: string; sizeBytes: number; mode: number; link: string; seconds: number }): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  // What does not fit stands whole in the extended header; here is what an old tool would show.
  block.write(asciiName(fields.name), 0, NAME_BYTES, "latin1");
  block.write(octal(fields.mode & 0o7777, 7), 100, "latin1");
  block.write(octal(0, 7), 108, "latin1");
  block.write(octal(0, 7), 116, "latin1");
  block.write(octal(fields.sizeBytes > MAX_OCTAL ? 0 : fields.sizeBytes, 11), 124, "latin1");
  block.write(octal(fields.seconds, 11), 136, "latin1");
  block.write(fields.typeFlag, 156, "latin1");
  block.write(asciiName(fields.link), 157, NAME_BYTES, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  block.write(octal(0, 7), 329, "latin1");
  block.write(octal(0, 7), 337, "latin1");
  block.write(`${octal(ustarChecksum(block), 6)}\0 `, 148, "latin1");
  return block;
}

/** The sum of a ustar header's bytes, its own field taken for spaces (POSIX.1-2001). A plain loop: archives have one for each of 200,000 entries. */
export function ustarChecksum(block: Buffer): number {
  let sum = CHECKSUM_BYTES * 32;
  for (let at = 0; at < BLOCK_BYTES; at++) sum += at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_BYTES ? 0 : (block[at] ?? 0);
  return sum;
}

function asciiName(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "_").slice(0, NAME_BYTES);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
