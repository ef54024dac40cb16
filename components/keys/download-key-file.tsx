"use client";

import { Download } from "lucide-react";
import { useState } from "react";
import { AskButton, useCan } from "#components/shared/can.tsx";
import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { saveTextFile } from "#components/shared/save-text-file.ts";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { toast } from "#components/ui/toast.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";
import type { KeyDto, KeyFile } from "#lib/keys/schemas.ts";

interface DownloadKeyFileProps {
  keyToDownload: KeyDto;
  /** For table rows: the icon alone. Nothing for those who may not download. */
  compact?: boolean;
}

/** Hands out a key's file after the login password was typed again. Nothing for a key without a file. */
export function DownloadKeyFile({ keyToDownload: key, compact = false }: DownloadKeyFileProps) {
  const [open, setOpen] = useState(false);
  const { role } = useTenant();
  const mayDownload = useCan("backups.download");
  const identity = useApiMutation<KeyFile, { password: string }>("POST", `/keys/${key.id}/identity`);
  if (key.mode === "off") return null;
  const words = key.mode === "passphrase" ? "Download protected key file" : "Take away the key file";
  if (compact && (!mayDownload || (key.mode === "managed" && role !== "owner"))) return null;
  if (!mayDownload) return <AskButton permission="backups.download">{words}</AskButton>;
  if (key.mode === "managed" && role !== "owner") return <OwnersOnly words={words} />;
  return (
    <>
      <Button
        onClick={() => setOpen(true)}
        {...(compact ? { variant: "ghost" as const, size: "icon" as const, "aria-label": words, title: words } : {})}
      >
        <Download aria-hidden /> {!compact && words}
      </Button>
      <ProofDialog
        open={open}
        onOpenChange={setOpen}
        title={words}
        description={describe(key)}
        passphraseKey={null}
        action="Download key file"
        onProven={async ({ password }) => {
          saveTextFile(await identity.mutateAsync({ password }));
          toast.success("The key file is on its way. Keep it apart from the backups.");
        }}
      />
    </>
  );
}

function describe({ mode }: KeyDto): string {
  if (mode === "passphrase") return "The file is worth nothing without the passphrase. With both, backups open without Holdfast.";
  return "This file opens every backup under this key by itself, without any passphrase. Keep it as you would keep a master key.";
}

/** A file that opens everything by itself is not for every role that may download. */
function OwnersOnly({ words }: { words: string }) {
  return (
    <Tooltip content="This file opens backups without a passphrase. Ask an owner of this tenant.">
      <Button aria-disabled className="opacity-60">
        {words}
        <span className="sr-only">(not permitted: ask an owner of this tenant)</span>
      </Button>
    </Tooltip>
  );
}
