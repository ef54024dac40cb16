import { ListObjectsV2Command, type ListObjectsV2CommandInput, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { S3Access } from "#lib/connectors/s3/access.ts";
import type { S3Config } from "#lib/connectors/s3/config.ts";
import { explainer } from "#lib/connectors/s3/explain.ts";
import { belowPrefix, objectKeyOf } from "#lib/connectors/s3/object-key.ts";

/** See DestinationSession.list. */
export async function* listObjects(access: S3Access, config: S3Config, folder: string): AsyncGenerator<{ key: string; sizeBytes: number }> {
  const above = belowPrefix(config, "").length;
  for await (const { Contents = [] } of pagesOf(access, config, { Prefix: `${objectKeyOf(config, folder)}/` })) {
    for (const { Key, Size } of Contents) {
      if (Key === undefined || Size === undefined)
        throw new DestinationError("not-understood", "The server lists objects without name or size.");
      yield { key: Key.slice(above), sizeBytes: Size };
    }
  }
}

/** See DestinationSession.folders. The server puts together what has a "/" after the prefix, and tells each such beginning once. */
export async function* listFolders(access: S3Access, config: S3Config): AsyncGenerator<string> {
  const Prefix = belowPrefix(config, "");
  for await (const { CommonPrefixes = [] } of pagesOf(access, config, { Prefix, Delimiter: "/" })) {
    for (const found of CommonPrefixes) {
      if (found.Prefix === undefined) throw new DestinationError("not-understood", "The server lists folders without a name.");
      const name = found.Prefix.slice(Prefix.length, -1);
      if (name !== "") yield name;
    }
  }
}

/** The server pages; each page is asked for when the one before was taken. */
async function* pagesOf(
  access: S3Access,
  config: S3Config,
  wanted: Pick<ListObjectsV2CommandInput, "Prefix" | "Delimiter">,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  for (let token: string | undefined, more = true; more;) {
    const command = new ListObjectsV2Command({
      Bucket: access.bucket,
      ...wanted,
      ...(access.pageObjects !== undefined && { MaxKeys: access.pageObjects }),
      ...(token !== undefined && { ContinuationToken: token }),
    });
    const page = await explainer(config)("list", () => access.client.send(command, { abortSignal: access.signal }));
    yield page;
    token = page.NextContinuationToken;
    more = page.IsTruncated === true;
    if (more && token === undefined)
      throw new DestinationError("not-understood", "The server broke a listing off without saying how to go on.");
  }
}
