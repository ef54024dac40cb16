import { DestinationError, type DestinationErrorCode } from "#lib/connectors/errors.ts";
import { ShrunkError } from "#lib/connectors/sftp/read-file.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";
import { ConnectorError } from "#lib/errors.ts";

/** What was being done, as it goes into "could not be …". */
export type SftpAction = "written" | "read" | "looked at" | "listed" | "removed";

/** Turns what a connection threw while `key` was being `action` into a DestinationError with a sentence; those themselves, and others' errors, pass. */
export function explainSftpError(error: unknown, key: string, action: SftpAction): unknown {
  if (error instanceof DestinationError) return error;
  if (error instanceof ConnectorError)
    return new DestinationError(isNetwork(error) ? "unreachable" : "refused", error.message, { cause: error });
  if (error instanceof ShrunkError)
    return new DestinationError("failed", `“${key}” became shorter while it was read; somebody else changes it.`, { cause: error });
  if (!(error instanceof SftpError)) return error;
  const [code, reason] = reasonOf(error);
  return new DestinationError(code, `“${key}” could not be ${action}: ${reason}`, { cause: error });
}

function isNetwork(error: ConnectorError): boolean {
  return error.code === "unreachable" || error.code === "address-refused";
}

function reasonOf({ status, message }: SftpError): [DestinationErrorCode, string] {
  if (status === SFTP_STATUS.denied)
    return ["refused", "the server denies this user the permission; give the user the right to the folder."];
  if (status === SFTP_STATUS.missing) return ["failed", "it, or the folder that it lies in, is not there (any more)."];
  if (status === SFTP_STATUS.unsupported)
    return ["not-understood", `the server does not know how (“${message}”); take another SFTP server.`];
  // Version 3 has one code for all that the operating system may say, a used-up quota and a broken disk among it.
  return ["failed", `the server says “${message}” and no more; check its disk and the user's quota.`];
}
