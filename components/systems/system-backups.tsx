"use client";

import Link from "next/link";
import { ForeignBadge } from "#components/backups/foreign-backup.tsx";
import { Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { ProofLadder } from "#components/shared/proof-ladder.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { type Page, useApiQuery } from "#components/shared/use-api.ts";
import { ExportBackups } from "#components/systems/export-backups.tsx";
import { NumberGaps } from "#components/systems/number-gaps.tsx";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { SkeletonRows } from "#components/ui/skeleton.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

const SHOWN = 5;

/** The newest backups of one system, each with the way to restore it; what is missing among all of them; and the way to take them away. */
export function SystemBackups({ system }: { system: Pick<SystemDto, "id" | "name" | "kind"> }) {
  const systemId = system.id;
  const path = useTenantPath();
  const query = useApiQuery<Page<BackupDto>>("/backups", { systemId, limit: SHOWN });
  return (
    <Section
      title="Newest backups"
      action={
        <div className="flex flex-wrap items-center gap-4">
          {query.data?.nextCursor && (
            <Link href={path(`/backups?systemId=${systemId}`)} className="rounded-sm text-sm font-medium text-accent hover:underline">
              Show all its backups
            </Link>
          )}
          {query.data !== undefined && query.data.items.length > 0 && <ExportBackups system={system} />}
        </div>
      }
    >
      <NumberGaps systemId={systemId} />
      <Loaded query={query} skeleton={<SkeletonRows rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No backups yet" level={3}>
              After the first run, its backups appear here with their size and how far they are proven.
            </EmptyState>
          ) : (
            <BackupTable backups={items} />
          )
        }
      </Loaded>
    </Section>
  );
}

function BackupTable({ backups }: { backups: readonly BackupDto[] }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Newest backups">
      <TableHeader>
        <TableRow>
          <TableHead>Made</TableHead>
          <TableHead>Proof</TableHead>
          <TableHead numeric>Size</TableHead>
          <TableHead numeric>Copies</TableHead>
          <TableHead>
            <span className="sr-only">Restore</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {backups.map((backup) => (
          <TableRow key={backup.id}>
            <TableCell className="font-medium">
              <Link href={path(`/backups/${backup.id}`)} className="rounded-sm text-accent hover:underline">
                <RelativeTime value={backup.createdAt} />
              </Link>{" "}
              <ForeignBadge authenticity={backup.authenticity} />
            </TableCell>
            <TableCell label="Proof">
              <ProofLadder proven={backup.proven} compact />
            </TableCell>
            <TableCell label="Size" numeric>
              <Bytes sizeBytes={backup.sizeBytes} />
            </TableCell>
            <TableCell label="Copies" numeric>
              {backup.copies.filter(({ status }) => status === "stored").length}
            </TableCell>
            <TableCell className="text-end">
              <Can permission="restores.execute">
                <Button asChild size="sm">
                  <Link href={path(`/restores/new?backup=${backup.id}`)}>Restore</Link>
                </Button>
              </Can>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
