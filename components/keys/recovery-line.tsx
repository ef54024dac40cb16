import { recoveryLine } from "#components/keys/key-words.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

interface RecoveryLineProps {
  keyOfBackup: Pick<KeyDto, "id" | "mode">;
  /** File name of the archive; an example where no particular one is meant. */
  archiveName: string;
}

/** How to open an archive without Holdfast, to copy. */
export function RecoveryLine({ keyOfBackup, archiveName }: RecoveryLineProps) {
  const line = recoveryLine(keyOfBackup, archiveName);
  return (
    <div className="flex items-start gap-2 rounded-lg border border-border bg-sunken py-1.5 ps-4 pe-1.5">
      <code className="min-w-0 flex-1 py-1 font-mono text-sm [overflow-wrap:anywhere]">{line}</code>
      <CopyButton value={line} what="recovery line" />
    </div>
  );
}
