"use client";

import { Download } from "lucide-react";
import { useState } from "react";
import { AskButton, useCan } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { BackUpAndDownloadForm } from "#components/backups/back-up-and-download-form.tsx";
import { type DownloadProof, FollowAndDownload } from "#components/backups/follow-and-download.tsx";
import { useKeys } from "#components/keys/use-keys.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogContent, DialogTrigger } from "#components/ui/dialog.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** Makes a backup and brings it down in the browser, in one go (SCC-1). */
export function BackUpAndDownload() {
  const [mayStart, mayDownload] = [useCan("runs.start"), useCan("backups.download")];
  const [open, setOpen] = useState(false);
  const words = "Back up and download";
  if (!mayStart) return <AskButton permission="runs.start">{words}</AskButton>;
  if (!mayDownload) return <AskButton permission="backups.download">{words}</AskButton>;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button>
          <Download aria-hidden /> {words}
        </Button>
      </DialogTrigger>
      <DialogContent title={words} description="A new backup is made, proven, and then comes down as a file, still encrypted.">
        <Flow onClose={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

interface Begun {
  runId: string;
  proof: DownloadProof;
}

/** First what and the proof, then progress and the download. What was typed lives only as long as the window. */
function Flow({ onClose }: { onClose: () => void }) {
  const systems = useWholeList<SystemDto>("/systems");
  const { current } = useKeys();
  const [begun, setBegun] = useState<Begun | null>(null);
  if (current === undefined) return <Skeleton className="h-72" />;
  const passphraseKey = current.mode === "passphrase" ? current : null;
  if (begun !== null) return <FollowAndDownload {...begun} passphraseKey={passphraseKey} onClose={onClose} />;
  return (
    <Loaded query={systems} skeleton={<Skeleton className="h-72" />}>
      {(items) => <BackUpAndDownloadForm systems={items} passphraseKey={passphraseKey} onBegun={setBegun} />}
    </Loaded>
  );
}
