import { BadRequestError } from "#lib/errors.ts";

/** More than any body of ours needs: inputs are forms, not files. */
const LARGEST_BODY_BYTES = 1024 * 1024;

/** A request's body as text, or BadRequestError once it is larger than 1 MiB, whatever its head says of its size. */
export async function readBody(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > LARGEST_BODY_BYTES) throw tooLarge();
  if (!request.body) return "";
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
    sizeBytes += piece.length;
    if (sizeBytes > LARGEST_BODY_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function tooLarge(): BadRequestError {
  return new BadRequestError("The request's body is larger than 1 MiB.");
}
