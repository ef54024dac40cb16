import { pipeline, Readable, Transform } from "node:stream";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { DestinationError } from "#lib/connectors/errors.ts";

type Handle = NodeHttpHandler["handle"];

/** A page of 1000 names of 1024 bytes each, every one of them escaped, is some 7 MB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Lets a server send no more than this of what the SDK reads into memory: listings, errors, and all else that is not an object's content. */
export class BoundedAnswers extends NodeHttpHandler {
  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const answer = await super.handle(request, options);
    const { response } = answer;
    const isContent = response.statusCode < 300 && request.method === "GET" && request.query["x-id"] === "GetObject";
    if (isContent || !(response.body instanceof Readable)) return answer;
    // Errors travel with the counter, which is what is read.
    response.body = pipeline(response.body, counter(), () => undefined);
    return answer;
  }
}

function counter(): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(data: Buffer, _encoding, callback) {
      sizeBytes += data.length;
      if (sizeBytes <= MAX_ANSWER_BYTES) callback(null, data);
      else callback(new DestinationError("not-understood", "The server's answer has no end; check what answers at this address."));
    },
  });
}
