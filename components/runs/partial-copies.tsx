"use client";

import { useApiQuery } from "#components/shared/use-api.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** What became, and what becomes next, of the copies that a run could not store. Nothing while that is not known. */
export function PartialCopies({ backupId }: { backupId: string }) {
  const { data: backup } = useApiQuery<BackupDto>(`/backups/${backupId}`);
  if (backup === undefined) return null;
  const open = backup.copies.filter(({ status }) => status !== "stored");
  if (open.length === 0) return <p className="text-base text-pretty">By now every copy of the backup is stored and proven.</p>;
  return (
    <div className="flex flex-col gap-2 text-base text-pretty">
      <p>The backup is stored and proven where it could be. The other copies are made from it as soon as their destinations take them:</p>
      <ul className="flex list-disc flex-col gap-1 ps-5">
        {open.map((copy) => (
          <li key={copy.destinationId}>
            {copy.destinationName}: <WhatNext copy={copy} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function WhatNext({ copy }: { copy: BackupDto["copies"][number] }) {
  if (copy.isCopying) return "being copied now";
  if (copy.isDisconnected) return "not copied any more: this destination was disconnected";
  if (copy.nextAttemptAt === null) return "no further attempt is planned; copy it from the backup’s page";
  return (
    <>
      next attempt <RelativeTime value={copy.nextAttemptAt} />
    </>
  );
}
