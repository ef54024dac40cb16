"use client";

import Link from "next/link";
import { copyLooks } from "#components/backups/copy-words.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** Where an archive lies, and in which state it is there. */
export function CopiesTable({ copies }: { copies: BackupDto["copies"] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Copies">
      <TableHeader>
        <TableRow>
          <TableHead>Destination</TableHead>
          <TableHead>State</TableHead>
          <TableHead>Checked</TableHead>
          <TableHead>Name there</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {copies.map((copy) => (
          <TableRow key={copy.destinationId}>
            <TableCell className="font-medium">
              <Link href={path(`/destinations/${copy.destinationId}`)} className="rounded-sm text-accent hover:underline">
                {copy.destinationName}
              </Link>
            </TableCell>
            <TableCell label="State">
              <StateMark {...copyLooks[copy.status]} />
              {copy.failure !== null && <p className="max-w-96 pt-1 text-pretty text-muted">{copy.failure}</p>}
            </TableCell>
            <TableCell label="Checked" className="whitespace-nowrap">
              <RelativeTime value={copy.verifiedAt} none="not yet" />
            </TableCell>
            <TableCell label="Name there" stack>
              <Mono value={copy.objectKey} what="object key" shorten={false} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
