"use client";

import { PackageOpen } from "lucide-react";
import { useState } from "react";
import { Can } from "#components/shared/can.tsx";
import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { followDownload } from "#components/shared/save-text-file.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { toast } from "#components/ui/toast.tsx";

/** Hands out all archives of a system in one file, still encrypted, after the proof. */
export function ExportBackups({ system }: { system: { id: string; name: string; kind: string } }) {
  const [isOpen, setOpen] = useState(false);
  const start = useApiMutation<{ url: string }>("POST", `/systems/${system.id}/exports`);
  return (
    <Can permission={system.kind === "tenant-configuration" ? "backups.downloadConfiguration" : "backups.download"}>
      <Button onClick={() => setOpen(true)}>
        <PackageOpen aria-hidden /> Export all backups
      </Button>
      <ProofDialog
        open={isOpen}
        onOpenChange={setOpen}
        title={`Export all backups of “${system.name}”`}
        description="One tar file with every archive, the description beside it, the key files, and a text that says how to open them without Holdfast. What is encrypted stays encrypted; what is not can be read by whoever has the file."
        passphraseKey={null}
        action="Export all backups"
        onProven={async (proof) => {
          const { url } = await start.mutateAsync({ ...proof });
          followDownload(url);
          toast.success("The export has begun. SHA256SUMS at its end says that it is whole.");
        }}
      />
    </Can>
  );
}
