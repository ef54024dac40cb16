import { ConnectorError, storableText } from "#lib/errors.ts";

export type DestinationErrorCode =
  "exists" | "missing" | "locked" | "invalid-key" | "refused" | "full" | "unreachable" | "not-understood" | "failed";

/** A destination did not do what was asked; `code` is a DestinationErrorCode. "exists", "missing" and "locked" speak of the object, all others of the destination. */
export class DestinationError extends ConnectorError {}

/** A system could not be captured whole, or what was read back from the archive would not restore. */
export class CaptureError extends ConnectorError {
  constructor(message: string, options?: ErrorOptions) {
    super("capture-failed", message, options);
  }
}

/** The POSIX code of an error ("ENOENT"), or "" when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && (typeof error.code === "string" || typeof error.code === "number")
    ? String(error.code)
    : "";
}

/** The message of anything thrown, as a row takes it. */
export function messageOf(error: unknown): string {
  return storableText(error instanceof Error ? error.message : String(error));
}
