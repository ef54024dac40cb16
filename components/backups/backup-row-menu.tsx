"use client";

import { ArchiveRestore, Download, Pin, Trash2, Undo2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { DownloadBackup } from "#components/backups/download-backup.tsx";
import { usePin } from "#components/backups/pin-backup.tsx";
import { TrashDialogs, useTrash } from "#components/backups/trash-backup.tsx";
import { useCan } from "#components/shared/can.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** What can be done with one backup, from its row. Nothing for someone who may do none of it. */
export function BackupRowMenu({ backup }: { backup: BackupDto }) {
  const path = useTenantPath();
  const [isDownloading, setDownloading] = useState(false);
  const [mayRestore, mayDownload] = [useCan("restores.execute"), useCan("backups.download")];
  const trash = useTrash(backup);
  const { mayDelete, trashNow, recoverNow, askToErase } = trash;
  const pin = usePin(backup);
  const isTrashed = backup.status === "trashed";
  if (backup.status === "deleting" || (!mayRestore && !mayDownload && !mayDelete && !pin.mayPin)) return null;
  return (
    <>
      <RowMenu label={`Actions for the backup of “${backup.systemName}”`}>
        {mayRestore && !isTrashed && (
          <DropdownMenuItem asChild>
            <Link href={path(`/restores/new?backup=${backup.id}`)}>
              <ArchiveRestore aria-hidden /> Restore this backup
            </Link>
          </DropdownMenuItem>
        )}
        {mayDownload && (
          <DropdownMenuItem onSelect={() => setDownloading(true)}>
            <Download aria-hidden /> Download backup
          </DropdownMenuItem>
        )}
        {pin.mayPin && (
          <DropdownMenuItem onSelect={pin.toggle}>
            <Pin aria-hidden /> {pin.words}
          </DropdownMenuItem>
        )}
        {mayDelete && !isTrashed && (
          <DropdownMenuItem danger onSelect={trashNow}>
            <Trash2 aria-hidden /> Move to the trash
          </DropdownMenuItem>
        )}
        {mayDelete && isTrashed && (
          <DropdownMenuItem onSelect={recoverNow}>
            <Undo2 aria-hidden /> Take out of the trash
          </DropdownMenuItem>
        )}
        {mayDelete && isTrashed && (
          <DropdownMenuItem danger onSelect={askToErase}>
            <Trash2 aria-hidden /> Remove for good now
          </DropdownMenuItem>
        )}
      </RowMenu>
      <TrashDialogs backup={backup} trash={trash} />
      <DownloadBackup backup={backup} open={isDownloading} onOpenChange={setDownloading} />
    </>
  );
}
