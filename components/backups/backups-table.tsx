"use client";

import { Pin } from "lucide-react";
import Link from "next/link";
import { BackupRowMenu } from "#components/backups/backup-row-menu.tsx";
import { copiesWords } from "#components/backups/copy-words.ts";
import { pinWords } from "#components/backups/pin-backup.tsx";
import { shortFingerprint } from "#components/keys/key-words.ts";
import { ProofLadder } from "#components/shared/proof-ladder.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useKeys } from "#components/keys/use-keys.ts";
import { Bytes } from "#components/ui/bytes.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** Backups, newest first. */
export function BackupsTable({ backups }: { backups: readonly BackupDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Backups">
      <TableHeader>
        <TableRow>
          <TableHead>System</TableHead>
          <TableHead>Proof</TableHead>
          <TableHead>Made</TableHead>
          <TableHead numeric>Size</TableHead>
          <TableHead>Copies</TableHead>
          <TableHead>Key</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {backups.map((backup) => (
          <TableRow key={backup.id}>
            <TableCell className="max-w-96 font-medium [overflow-wrap:anywhere]">
              <Link href={path(`/backups/${backup.id}`)} className="rounded-sm text-accent hover:underline">
                {backup.systemName}
              </Link>
              {backup.pinned && (
                <span title={`${pinWords(backup)}: neither retention nor a person deletes it`} className="ms-2 inline-flex align-middle">
                  <Pin aria-hidden className="size-4 text-muted" />
                  <span className="sr-only">{pinWords(backup)}</span>
                </span>
              )}
            </TableCell>
            <TableCell label="Proof">
              <ProofLadder proven={backup.proven} compact />
            </TableCell>
            <TableCell label="Made" className="whitespace-nowrap">
              <RelativeTime value={backup.createdAt} />
            </TableCell>
            <TableCell label="Size" numeric>
              <Bytes sizeBytes={backup.sizeBytes} />
            </TableCell>
            <TableCell label="Copies" className="whitespace-nowrap">
              {copiesWords(backup.copies)}
            </TableCell>
            <TableCell label="Key" className="whitespace-nowrap">
              <KeyName keyId={backup.keyId} />
            </TableCell>
            <TableCell menu>
              <BackupRowMenu backup={backup} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function KeyName({ keyId }: { keyId: string }) {
  const { keys } = useKeys();
  if (keys === undefined) return <Skeleton className="h-4 w-16" />;
  const key = keys.find(({ id }) => id === keyId);
  if (key === undefined) return <span className="text-muted">–</span>;
  return key.mode === "off" ? "Not encrypted" : <code className="font-mono text-[0.9em]">{shortFingerprint(key)}</code>;
}
