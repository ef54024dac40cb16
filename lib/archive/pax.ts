import { ArchiveError } from "#lib/archive/archive-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the records of an extended header (POSIX.1-2001 pax): "<length> <key>=<value>\n" each. Throws ArchiveError "invalid-archive". */
export function parsePax(body: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let offset = 0; offset < body.length;) {
    const space = body.indexOf(" ", offset);
    const digits = space === -1 ? "" : body.toString("latin1", offset, space);
    const length = /^[1-9][0-9]{0,5}$/.test(digits) ? Number(digits) : 0;
    const end = offset + length;
    // The length covers its own digits, the space and the newline.
    if (length === 0 || end > body.length || end - 1 <= space || body[end - 1] !== 0x0a) throw malformed();
    const record = decode(body.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1) throw malformed();
    records.set(record.slice(0, equals), record.slice(equals + 1));
    offset = end;
  }
  return records;
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new ArchiveError("invalid-archive", "This is not a valid archive: a name in it is not UTF-8.", { cause: error });
  }
}

function malformed(): ArchiveError {
  return new ArchiveError("invalid-archive", "This is not a valid archive: an extended header is malformed.");
}
