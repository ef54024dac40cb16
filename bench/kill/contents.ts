import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ListMultipartUploadsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";

export interface BucketFacts {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
}

/** Everything that lies in a destination, past everything of ours: each object's key, and what is unfinished by whatever name it has there. */
export type Contents = () => Promise<string[]>;

/** Every file of the local destinations of all tenants. */
export function folderContents(root: string): Contents {
  return () => {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
    // Below the tenant's own root stands the key, which begins with the tenant again.
    const below = entries.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    return Promise.resolve(below.map((path) => path.slice(path.indexOf("/") + 1)).sort());
  };
}

/** Every version, delete marker and unfinished upload below the prefix "kill". */
export function bucketContents({ bucket: Bucket, endpoint, region, accessKeyId, secretAccessKey }: BucketFacts): Contents {
  return async () => {
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
    try {
      const found: string[] = [];
      for (let KeyMarker: string | undefined, isMore = true; isMore;) {
        const page = await client.send(new ListObjectVersionsCommand({ Bucket, ...(KeyMarker !== undefined && { KeyMarker }) }));
        found.push(...(page.Versions ?? []).map(({ Key }) => `${Key}`), ...(page.DeleteMarkers ?? []).map(({ Key }) => `${Key} (marker)`));
        isMore = page.IsTruncated === true;
        KeyMarker = page.NextKeyMarker;
      }
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      found.push(...Uploads.map(({ Key, UploadId }) => `${Key} (upload ${UploadId})`));
      return found.map((key) => key.replace(/^kill\//, "")).sort();
    } finally {
      client.destroy();
    }
  };
}
