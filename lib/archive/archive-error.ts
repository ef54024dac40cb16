import { HoldfastError } from "#lib/errors.ts";

/** Why an archive could not be made or is not accepted; stable. */
export type ArchiveErrorCode =
  /** Not an archive of ours, damaged, or not whole. */
  | "invalid-archive"
  /** Written by a newer version of the product, in a format that this one cannot read. */
  | "newer-format"
  /** A name or link that would lead out of the archive's own folder, or something that is neither file, folder nor link. */
  | "unsafe-entry"
  /** More bytes or entries than an archive of this size may unfold to. */
  | "too-large"
  /** Whole, but not the archive that was recorded. */
  | "not-the-recorded-archive"
  /** While packing: an entry had another size than was announced. */
  | "entry-changed"
  /** While packing: the work folder's quota does not hold an entry of unknown size. */
  | "spool-full";

/** An archive could not be made or read; `message` says what, why and how to mend it. */
export class ArchiveError extends HoldfastError {
  override readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.code = code;
  }
}
