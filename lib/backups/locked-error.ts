import { DestinationError } from "#lib/connectors/errors.ts";

/** A destination keeps an object locked, and says until when. */
export class LockedError extends DestinationError {
  readonly lockedUntil: Date;

  constructor(lockedUntil: Date, message: string) {
    super("locked", message);
    this.lockedUntil = lockedUntil;
  }
}

/** " until 2026-11-22 05:40 UTC", or nothing where nobody says. */
export function untilWords(lockedUntil: Date | null): string {
  return lockedUntil === null ? "" : ` until ${lockedUntil.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
