import { expect, test } from "vitest";
import { explainFtpError, type FtpAction } from "#lib/connectors/ftp/explain.ts";
import { FtpReplyError } from "#lib/connectors/ftp/reply.ts";

test.each<[string, FtpAction, string, RegExp]>([
  [
    "452 Transfer aborted. No space left on device",
    "write",
    "full",
    /^There is no room left for “archive” \(the server says 452 Trans.*\); make room/,
  ],
  ["552 Exceeded storage allocation", "write", "full", /^There is no room left/],
  ["550 Disk full", "write", "full", /^There is no room left/],
  [
    "451 Input/output\u001b error",
    "write",
    "full",
    /says 451 Input\/output error\); most likely its disk is full .*: make room and try again\.$/,
  ],
  ["451 Input/output error", "read", "failed", /^The server could not read “archive” just now \(the server says 451 /],
  ["426 Data connection closed", "write", "unreachable", /^The data connection for “archive” failed/],
  ["550 Permission denied", "write", "refused", /^The server refused to write “archive”/],
])("“%s” to a wish to %s is %s", (said, action, code, sentence) => {
  const refusal = new FtpReplyError({ code: Number(said.slice(0, 3)), lines: [said.slice(4)] });
  const explained = explainFtpError(refusal, action, "archive");
  expect(explained).toHaveProperty("code", code);
  expect(explained).toHaveProperty("message", expect.stringMatching(sentence));
});
