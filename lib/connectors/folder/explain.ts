import { ShrunkError } from "#lib/connectors/sftp/read-file.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";

/** Wraps a refusal of the server with `wrap`, given the reason and the mend; other errors (a lost connection) pass unchanged. */
export function explainSftpError(error: unknown, wrap: (reason: string) => Error): unknown {
  if (error instanceof ShrunkError) return wrap("it became shorter while it was read; try again when it is at rest.");
  if (error instanceof SftpError) return wrap(reasonOf(error));
  return error;
}

function reasonOf(error: SftpError): string {
  if (error.path.includes("\uFFFD")) return "its name is not valid UTF-8; rename or exclude it.";
  if (error.status === SFTP_STATUS.denied) return "the user may not (permission denied); give the right, or exclude it.";
  if (error.status === SFTP_STATUS.missing) return "it is not there (any more); try again, or exclude it.";
  return `the server says “${error.message}”; check the disk of the server, or exclude it.`;
}
