import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ObjectChecksum } from "#lib/connectors/connector.ts";

const LENGTHS = { sha256: 32, crc64nvme: 8, crc32: 4 };

/**
 * The checksum of the whole object in the answer to a HEAD with ChecksumMode ENABLED, or null where the server tells none, or only one of the
 * parts' checksums. Source: Amazon S3 user guide, "Checking object integrity".
 */
export function readChecksum(head: HeadObjectCommandOutput): ObjectChecksum | null {
  if (!isOfWholeObject(head)) return null;
  const told = [
    { algorithm: "sha256", text: head.ChecksumSHA256 },
    { algorithm: "crc64nvme", text: head.ChecksumCRC64NVME },
    { algorithm: "crc32", text: head.ChecksumCRC32 },
  ] as const;
  for (const { algorithm, text } of told) {
    // One of the parts' checksums ends in the number of parts: "…-3".
    if (text === undefined || text.includes("-")) continue;
    const value = Buffer.from(text, "base64");
    if (value.length === LENGTHS[algorithm]) return { algorithm, value };
  }
  return null;
}

/** Servers older than the type show that an object came in parts by the "-3" at the end of its ETag alone. */
function isOfWholeObject({ ChecksumType, ETag }: HeadObjectCommandOutput): boolean {
  return ChecksumType === undefined ? !/-\d+"?$/.test(ETag ?? "") : ChecksumType === "FULL_OBJECT";
}
