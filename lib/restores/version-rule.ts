import { FORMAT_VERSION } from "#lib/archive/limits.ts";
import { InvalidInputError } from "#lib/errors.ts";
import { PRODUCT_VERSION } from "#lib/installation.ts";

/**
 * Restores go into the same or a higher version, never an older one (SCC-4). Throws InvalidInputError "newer-format" or
 * "newer-product-version" at the path "backupId".
 */
export function refuseNewerVersions(backup: { formatVersion: number; productVersion: string }): void {
  if (backup.formatVersion > FORMAT_VERSION) {
    throw refusal(
      "newer-format",
      `This backup has the archive format ${backup.formatVersion}, and this Holdfast reads up to ${FORMAT_VERSION}. Update Holdfast, then restore.`,
    );
  }
  if (isNewer(backup.productVersion, PRODUCT_VERSION)) {
    throw refusal(
      "newer-product-version",
      `This backup was made by Holdfast ${backup.productVersion}, and this is ${PRODUCT_VERSION}. A restore goes into the same or a higher version: update Holdfast first.`,
    );
  }
}

/** Whether a version like "1.10.2" is higher than another; what follows a hyphen does not count. */
export function isNewer(version: string, than: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(than)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function numbersOf(version: string): number[] {
  return (version.split("-")[0] ?? "").split(".").map((part) => Number.parseInt(part, 10) || 0);
}

function refusal(code: string, message: string): InvalidInputError {
  return new InvalidInputError(message, [{ path: "backupId", message }], { code });
}
