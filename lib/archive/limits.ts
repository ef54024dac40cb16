/** The newest format that is written, and the newest that is read. */
export const FORMAT_VERSION = 1;

/** Entries of one archive. */
export const MAX_ENTRIES = 200_000;
/** manifest.json is a page of text. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;
/** index.json is kept in memory, and as objects where it is not written as this version writes it. */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024;
/** One part of a path, as file systems have it. */
export const MAX_NAME_BYTES = 255;
export const MAX_PATH_BYTES = 4096;
/** The highest number of a system's backups that is given, and that is read. Who planted it takes nothing but the numbers away: later descriptions have none. */
export const MAX_BACKUP_NUMBER = 1_000_000_000;

/** How far an archive may unfold. */
export interface ReadLimits {
  /** Size of the tar in bytes where it was recorded: it must be exactly this. */
  recordedTarBytes: number | null;
  /** What is refused in any case. */
  maxTarBytes: number;
  maxEntries: number;
}

const MAX_RATIO = 500;
const SMALL_TAR_BYTES = 64 * 1024 * 1024;

/**
 * The limits for reading an archive of `storedBytes`. With the recorded size of its tar, exactly that; without (a foreign or imported
 * archive) at most 500 times its stored size, or 64 MiB where that is more: configurations compress by 2 to 50.
 */
export function limitsFor(storedBytes: number, recordedTarBytes: number | null): ReadLimits {
  const maxTarBytes = recordedTarBytes ?? Math.max(SMALL_TAR_BYTES, storedBytes * MAX_RATIO);
  return { recordedTarBytes, maxTarBytes, maxEntries: MAX_ENTRIES };
}
