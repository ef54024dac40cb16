import { formatBytes } from "#components/ui/format-bytes.ts";

/** A size for people; the exact number of bytes on hover. Null shows a dash. */
export function Bytes({ sizeBytes }: { sizeBytes: number | null }) {
  if (sizeBytes === null) return <span aria-label="unknown">–</span>;
  return (
    <span className="tabular whitespace-nowrap" title={`${sizeBytes.toLocaleString("en-GB")} bytes`}>
      {formatBytes(sizeBytes)}
    </span>
  );
}
