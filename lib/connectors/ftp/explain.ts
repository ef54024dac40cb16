import { DestinationError } from "#lib/connectors/errors.ts";
import { FtpReplyError } from "#lib/connectors/ftp/reply.ts";
import { ConnectorError } from "#lib/errors.ts";

/** What was being done, as it goes into "refused to … ‘key’". */
export type FtpAction = "write" | "read" | "look at" | "list" | "remove";

/** The sentence for a refusal of the server or of the address guard; other errors pass unchanged. */
export function explainFtpError(error: unknown, action: FtpAction, key: string): unknown {
  if (error instanceof DestinationError) return error;
  if (error instanceof ConnectorError) return new DestinationError("unreachable", error.message, { cause: error });
  if (!(error instanceof FtpReplyError)) return error;
  const said = `the server says ${error.message}`;
  if (isFull(error)) {
    return new DestinationError("full", `There is no room left for “${key}” (${said}); make room on the server or raise the quota.`, {
      cause: error,
    });
  }
  if (action === "write" && isProbablyFull(error)) {
    const text = `The server could not write “${key}” (${said}); most likely its disk is full or the user's quota used up: make room and try again.`;
    return new DestinationError("full", text, { cause: error });
  }
  if (isAboutData(error)) {
    const text = `The data connection for “${key}” failed (${said}); check the server's passive ports and its log, and try again.`;
    return new DestinationError("unreachable", text, { cause: error });
  }
  if (error.code < 500) {
    return new DestinationError("failed", `The server could not ${action} “${key}” just now (${said}); try again.`, { cause: error });
  }
  const text = `The server refused to ${action} “${key}” (${said}); give the user that right, or check the folder.`;
  return new DestinationError("refused", text, { cause: error });
}

/** RFC 959: 452 and 552; many servers have only words for it. */
export function isFull({ code, words }: FtpReplyError): boolean {
  return code === 452 || code === 552 || /no space|disk (is )?full|quota|insufficient (storage|disk)|not enough (space|disk)/i.test(words);
}

/** RFC 959: 451 is an error of the server's own, which while it writes hardly ever is anything else. */
export function isProbablyFull({ code }: FtpReplyError): boolean {
  return code === 451;
}

function isAboutData({ code }: FtpReplyError): boolean {
  return code === 425 || code === 426 || code === 522;
}
