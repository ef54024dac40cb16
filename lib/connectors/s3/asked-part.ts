import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { DestinationError } from "#lib/connectors/errors.ts";
import { sentTooMuch } from "#lib/connectors/read-at-most.ts";

/** A part of an object. */
export interface ByteRange {
  offsetBytes: number;
  lengthBytes: number;
}

/**
 * Throws DestinationError "not-understood" unless an answer says that it is the part that was asked for. A server that knows no ranges answers 200 with the
 * whole object, which is as good where that is no more (RFC 9110, 14.2).
 */
export function requireAskedPart(answer: GetObjectCommandOutput, key: string, { offsetBytes, lengthBytes }: ByteRange): void {
  const { ContentLength: sizeBytes, ContentRange, $metadata } = answer;
  if (sizeBytes !== undefined && sizeBytes > lengthBytes) throw sentTooMuch(key);
  const isAsked = $metadata.httpStatusCode === 206 ? isWithin(ContentRange, { offsetBytes, lengthBytes }) : offsetBytes === 0;
  if (isAsked) return;
  throw new DestinationError(
    "not-understood",
    `The server sent another part of “${key}” than it was asked for. It must know the header Range; check what answers at this address.`,
  );
}

function isWithin(contentRange: string | undefined, { offsetBytes, lengthBytes }: ByteRange): boolean {
  const [, first, last] = /^bytes (\d{1,15})-(\d{1,15})\//.exec(contentRange ?? "") ?? [];
  return Number(first) === offsetBytes && Number(last) < offsetBytes + lengthBytes;
}

/** The body, which fails as soon as it is longer than was asked for, whatever was announced. */
export async function* cutAt(body: Readable, key: string, lengthBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let sizeBytes = 0;
  // Leaving the loop destroys the body, and with it the connection.
  for await (const piece of body as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > lengthBytes) throw sentTooMuch(key);
    yield piece;
  }
}
