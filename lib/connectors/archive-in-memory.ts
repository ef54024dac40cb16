import { Readable } from "node:stream";
import type { ArchiveReader, Capture, CaptureEntry } from "#lib/connectors/connector.ts";

export interface StoredEntry extends Pick<CaptureEntry, "path" | "type" | "mode" | "modifiedAt"> {
  linkTarget?: string;
  content: Buffer;
}

/** Reads a capture to its end, as packing does: each entry's body before the next entry. For tests of connectors. */
export async function collect(capture: Capture): Promise<StoredEntry[]> {
  const stored: StoredEntry[] = [];
  for await (const { path, type, mode, modifiedAt, linkTarget, sizeBytes, open } of capture.entries) {
    const content = open ? Buffer.concat((await (await open()).toArray()) as Buffer[]) : Buffer.alloc(0);
    if (sizeBytes !== null && sizeBytes !== content.length)
      throw new Error(`${path} was announced with ${sizeBytes} bytes and had ${content.length}.`);
    stored.push({ path, type, mode, modifiedAt, content, ...(linkTarget !== undefined && { linkTarget }) });
  }
  return stored;
}

/** An archive that lies in memory, for tests of connectors. */
export function archiveOf(systemKind: string, stored: readonly StoredEntry[]): ArchiveReader {
  return {
    manifest: {
      systemKind,
      systemVersion: null,
      productVersion: "0.0.0",
      createdAt: new Date(0).toISOString(),
      notInBackup: ["something"],
    },
    async *entries() {
      for (const { content, ...entry } of stored) {
        yield await Promise.resolve({ ...entry, sizeBytes: content.length, body: Readable.from(content.length > 0 ? [content] : []) });
      }
    },
  };
}
