import { ArchiveError } from "#lib/archive/archive-error.ts";
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from "#lib/archive/limits.ts";

type EntryType = "file" | "directory" | "symlink";

/**
 * The paths of one archive, judged one after another as they come. Whatever passes can be written below a folder
 * without ever leaving it, by a tool that follows links included.
 */
export class EntryPaths {
  readonly #types = new Map<string, EntryType | "implied">();

  /** Throws ArchiveError "unsafe-entry" or, for a path that was there before, "invalid-archive". */
  add(path: string, type: EntryType, linkTarget?: string): void {
    refuseUnsafePath(path);
    if (type === "symlink") refuseUnsafeLink(path, linkTarget ?? "");
    this.#claimParents(path);
    const known = this.#types.get(path);
    if (known !== undefined && known !== "implied") throw new ArchiveError("invalid-archive", `The archive holds “${shown(path)}” twice.`);
    if (known === "implied" && type !== "directory") throw unsafe(path, "is a folder for some entries and not for others");
    this.#types.set(path, type);
  }

  /** A link in the middle of a path would lead whatever is written below it elsewhere. */
  #claimParents(path: string): void {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash);
      const known = this.#types.get(parent);
      if (known === "file" || known === "symlink") throw unsafe(path, "lies below something that is not a folder");
      if (known !== undefined) return;
      this.#types.set(parent, "implied");
    }
  }
}

/** Throws ArchiveError "unsafe-entry" unless `path` is relative, of ordinary parts, and of a length that file systems take. */
function refuseUnsafePath(path: string): void {
  if (path === "" || path.startsWith("/")) throw unsafe(path, "is not a relative path");
  if (path.includes("\0") || !path.isWellFormed()) throw unsafe(path, "has characters that no file name can have");
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw unsafe(path, `is longer than ${MAX_PATH_BYTES} bytes`);
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") throw unsafe(path, "has an empty part, “.” or “..”");
    if (Buffer.byteLength(part) > MAX_NAME_BYTES) throw unsafe(path, `has a part longer than ${MAX_NAME_BYTES} bytes`);
  }
}

/**
 * Throws ArchiveError "unsafe-entry" unless the link stays inside. “..” counts only at the beginning of a target: behind a name,
 * which may itself be a link, nobody can tell from the text where it leads.
 */
export function refuseUnsafeLink(path: string, target: string): void {
  if (target === "" || target.includes("\0") || !target.isWellFormed()) throw unsafe(path, "is a link without a usable target");
  if (target.startsWith("/")) throw unsafe(path, "is a link to an absolute path");
  if (Buffer.byteLength(target) > MAX_PATH_BYTES) throw unsafe(path, `is a link to a path longer than ${MAX_PATH_BYTES} bytes`);
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const named = parts.findIndex((part) => part !== "..");
  const climbs = named === -1 ? parts.length : named;
  const depth = path.split("/").length - 1;
  if (climbs > depth || parts.slice(climbs).includes("..")) throw unsafe(path, "is a link that leads out of the archive");
}

function unsafe(path: string, why: string): ArchiveError {
  return new ArchiveError("unsafe-entry", `“${shown(path)}” cannot be part of an archive: it ${why}.`);
}

/** A path for a sentence: without control characters, not too long. */
export function shown(path: string): string {
  const clean = path.toWellFormed().replace(/\p{Cc}/gu, "\u{fffd}");
  return clean.length > 120 ? `${clean.slice(0, 117)}…` : clean;
}
