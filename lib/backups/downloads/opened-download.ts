import type { Readable } from "node:stream";

export interface OpenedDownload {
  fileName: string;
  /** Exactly what `stream` gives, for Content-Length; null when only its end tells. */
  sizeBytes: number | null;
  /** Fails before its last byte when something is not what was recorded, so that a browser does not take it for whole. Destroy it on abort. */
  stream: Readable;
}

/** The beginning of a file's name: "Größe 🔑/cellar" becomes "gro-e-cellar". Letters, digits and hyphens only, whatever the system is called. */
export function fileNamePart(name: string): string {
  const part = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60)
    .toLowerCase();
  return part || "backup";
}
