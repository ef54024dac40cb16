import { FileType, parseList } from "basic-ftp";
import { DestinationError } from "#lib/connectors/errors.ts";

export interface FtpEntry {
  name: string;
  type: "file" | "directory" | "other";
  /** Null when the server does not tell. */
  sizeBytes: number | null;
}

/** Reads the answer to MLSD (RFC 3659, section 7). Throws DestinationError when it is none. */
export function parseMachineListing(text: string): FtpEntry[] {
  return linesOf(text).flatMap((line) => {
    const { facts, name } = /^(?<facts>(?:[^ ;=]+=[^;]*;)+) (?<name>.+)$/s.exec(line)?.groups ?? {};
    if (facts === undefined || name === undefined) throw notUnderstood();
    const entry = entryOf(name, facts);
    return entry && isName(name) ? [entry] : [];
  });
}

/** Reads one file's facts as MLST gives them; null when the line holds none. */
export function parseFacts(line: string): FtpEntry | null {
  const { facts, name } = /^\s*(?<facts>(?:[^ ;=]+=[^;]*;)+) (?<name>.+)$/s.exec(line)?.groups ?? {};
  return facts === undefined || name === undefined ? null : entryOf(name, facts);
}

/** Reads the answer to LIST, of which no standard says how it looks. Throws DestinationError when it is not understood. */
export function parseHumanListing(text: string): FtpEntry[] {
  try {
    return parseList(text.replace(LINE_SEPARATORS, (mark) => STAND_INS[mark] ?? mark))
      .filter(({ name }) => isName(name))
      .map(({ name, type, size }) => ({
        name: name.replace(STOOD_IN, (mark) => ORIGINALS[mark] ?? mark),
        type: TYPES[type] ?? "other",
        sizeBytes: size,
      }));
  } catch (error) {
    throw notUnderstood(error);
  }
}

/** The library takes these for the ends of lines. They stand aside as characters of private use while it reads. */
const LINE_SEPARATORS = /[\u2028\u2029]/g;
const STOOD_IN = /[\uf8f0\uf8f1]/g;
const STAND_INS: Record<string, string> = { "\u2028": "\uf8f0", "\u2029": "\uf8f1" };
const ORIGINALS: Record<string, string> = { "\uf8f0": "\u2028", "\uf8f1": "\u2029" };

const TYPES: Partial<Record<FileType, FtpEntry["type"]>> = { [FileType.File]: "file", [FileType.Directory]: "directory" };

/** Null for the folder itself and the one above it. */
function entryOf(name: string, facts: string): FtpEntry | null {
  const byName = new Map(
    facts.split(";").map((fact) => [fact.slice(0, fact.indexOf("=")).toLowerCase(), fact.slice(fact.indexOf("=") + 1)]),
  );
  const type = byName.get("type")?.toLowerCase() ?? "";
  if (type === "cdir" || type === "pdir") return null;
  const size = byName.get("size");
  return {
    name,
    type: type === "file" ? "file" : type === "dir" ? "directory" : "other",
    sizeBytes: size !== undefined && /^\d+$/.test(size) ? Number(size) : null,
  };
}

/** A name that is a path would lead elsewhere. */
function isName(name: string): boolean {
  return name !== "." && name !== ".." && !name.includes("/");
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}

function notUnderstood(cause?: unknown): DestinationError {
  return new DestinationError("not-understood", "The server lists its folders in a way that is not understood; let it offer MLSD.", {
    cause,
  });
}
