"use client";

import { ArchiveRestore, Download, Pin, Trash2, Undo2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { DownloadBackup } from "#components/backups/download-backup.tsx";
import { usePin } from "#components/backups/pin-backup.tsx";
import { TrashDialogs, useTrash } from "#components/backups/trash-backup.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** The verbs of one backup, the restore last and strongest. */
export function BackupActions({ backup }: { backup: BackupDto }) {
  const path = useTenantPath();
  const [isDownloading, setDownloading] = useState(false);
  const trash = useTrash(backup);
  const { mayDelete, trashNow, recoverNow, askToErase, isPending } = trash;
  const pin = usePin(backup);
  if (backup.status === "deleting") return null;
  const isTrashed = backup.status === "trashed";
  return (
    <>
      <Can permission="backups.download" fallback={<AskButton permission="backups.download">Download backup</AskButton>}>
        <Button onClick={() => setDownloading(true)}>
          <Download aria-hidden /> Download backup
        </Button>
      </Can>
      {isTrashed ? (
        mayDelete && (
          <Button variant="primary" pending={isPending} onClick={recoverNow}>
            <Undo2 aria-hidden /> Take out of the trash
          </Button>
        )
      ) : (
        <Can permission="restores.execute" fallback={<AskButton permission="restores.execute">Restore this backup</AskButton>}>
          <Button asChild variant="primary">
            <Link href={path(`/restores/new?backup=${backup.id}`)}>
              <ArchiveRestore aria-hidden /> Restore this backup
            </Link>
          </Button>
        </Can>
      )}
      {(mayDelete || pin.mayPin) && (
        <RowMenu label="More actions">
          {pin.mayPin && (
            <DropdownMenuItem onSelect={pin.toggle}>
              <Pin aria-hidden /> {pin.words}
            </DropdownMenuItem>
          )}
          {mayDelete && (
            <DropdownMenuItem danger onSelect={isTrashed ? askToErase : trashNow}>
              <Trash2 aria-hidden /> {isTrashed ? "Remove for good now" : "Move to the trash"}
            </DropdownMenuItem>
          )}
        </RowMenu>
      )}
      <TrashDialogs backup={backup} trash={trash} />
      <DownloadBackup backup={backup} open={isDownloading} onOpenChange={setDownloading} />
    </>
  );
}
