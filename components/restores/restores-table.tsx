"use client";

import Link from "next/link";
import { statusLooks } from "#components/restores/restore-words.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { RestoreDto } from "#lib/restores/schemas.ts";

/** Restores, newest first. */
export function RestoresTable({ restores }: { restores: readonly RestoreDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Restores">
      <TableHeader>
        <TableRow>
          <TableHead>System</TableHead>
          <TableHead>State</TableHead>
          <TableHead>Asked for</TableHead>
          <TableHead>By</TableHead>
          <TableHead>Ended</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {restores.map((restore) => (
          <TableRow key={restore.id}>
            <TableCell>
              <Link href={path(`/restores/${restore.id}`)} className="rounded-sm font-medium text-accent hover:underline">
                {restore.systemName}
              </Link>
            </TableCell>
            <TableCell label="State">
              <StateMark {...statusLooks[restore.status]} />
            </TableCell>
            <TableCell label="Asked for" className="whitespace-nowrap">
              <RelativeTime value={restore.createdAt} />
            </TableCell>
            <TableCell label="By" className="[overflow-wrap:anywhere] text-muted">
              {restore.requestedBy}
            </TableCell>
            <TableCell label="Ended" className="whitespace-nowrap text-muted">
              <RelativeTime value={restore.finishedAt} none="–" />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
