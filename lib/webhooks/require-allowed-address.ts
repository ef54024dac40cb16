import { isIP } from "node:net";
import { ConnectorError, InvalidInputError } from "#lib/errors.ts";
import { addressGuard } from "#lib/installation.ts";

/**
 * Refuses an address that is written as a number and lies where this installation does not connect to, while somebody is there to mend it. A URL spells every
 * number in one way. Names are judged when they are connected to, each time, by what they really lead to.
 */
export function requireAllowedAddress(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) === 0) return;
  try {
    addressGuard().check(host);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new InvalidInputError("This address cannot be told of events.", [{ path: "url", message: error.message }]);
  }
}
