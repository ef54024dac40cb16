"use client";

import Link from "next/link";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** What the catalogue knows of a backup. */
export function BackupFacts({ backup }: { backup: BackupDto }) {
  const path = useTenantPath();
  return (
    <Card>
      <CardHeader title="Facts" />
      <CardContent>
        <DescriptionList>
          <Description term="System">
            <Link href={path(`/systems/${backup.systemId}`)} className="rounded-sm text-accent hover:underline">
              {backup.systemName}
            </Link>
            {backup.systemVersion !== null && <span className="text-muted"> version {backup.systemVersion}</span>}
          </Description>
          {backup.runId === null ? (
            <Description term="Came from">
              {backup.origin === "import" ? "An upload" : "A destination, where it was found"}
              {backup.authenticity === "signed" && <span className="text-muted">; its signer is believed</span>}
            </Description>
          ) : (
            <Description term="Run">
              <Link href={path(`/runs/${backup.runId}`)} className="rounded-sm text-accent hover:underline">
                Look at the run
              </Link>
            </Description>
          )}
          {backup.number !== null && <Description term="Number">{backup.number}</Description>}
          <Description term="Size">
            <Bytes sizeBytes={backup.sizeBytes} />
            <span className="text-muted">
              {" "}
              stored, from {backup.entryCount.toLocaleString("en-GB")} {backup.entryCount === 1 ? "entry" : "entries"} of{" "}
              <Bytes sizeBytes={backup.plaintextBytes} />
            </span>
          </Description>
          <Description term="Credentials in it">
            {backup.includesSecrets ? "It may hold some, as the system keeps them" : "None"}
          </Description>
          <Description term="Made by">
            Holdfast {backup.productVersion}, archive format {backup.formatVersion}
          </Description>
          <Description term="SHA-256">
            <Mono value={backup.sha256} what="SHA-256" shorten={{ head: 12, tail: 8 }} />
          </Description>
          <Description term="Backup id">
            <Mono value={backup.id} what="backup id" />
          </Description>
        </DescriptionList>
      </CardContent>
    </Card>
  );
}
