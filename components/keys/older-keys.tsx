"use client";

import Link from "next/link";
import { DownloadKeyFile } from "#components/keys/download-key-file.tsx";
import { modeWords } from "#components/keys/key-words.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { formatDate } from "#components/ui/format-time.ts";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** Keys of earlier days; nothing while there are none. */
export function OlderKeys({ keys }: { keys: readonly KeyDto[] }) {
  const path = useTenantPath();
  if (keys.length === 0) return null;
  return (
    <Section
      title="Older keys"
      purpose="An old backup needs the passphrase of its own day, not today’s. Keep these as long as their backups."
    >
      <Table aria-label="Older keys">
        <TableHeader>
          <TableRow>
            <TableHead>Set on</TableHead>
            <TableHead>Encryption</TableHead>
            <TableHead>Fingerprint</TableHead>
            <TableHead>Hint</TableHead>
            <TableHead>Replaced</TableHead>
            <TableHead numeric>Backups</TableHead>
            <TableHead>
              <span className="sr-only">Key file</span>
            </TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {keys.map((key) => (
            <TableRow key={key.id}>
              <TableCell className="font-medium">
                <Link href={path(`/keys/${key.id}`)} className="rounded-sm text-accent hover:underline">
                  {formatDate(new Date(key.createdAt), "UTC")}
                </Link>
              </TableCell>
              <TableCell label="Encryption">
                <div>
                  {modeWords[key.mode]}
                  {!key.isOpened && <span className="block text-muted">Found, not opened yet</span>}
                </div>
              </TableCell>
              <TableCell label="Fingerprint" className="whitespace-nowrap">
                {key.fingerprint === "" ? "–" : <Mono value={key.fingerprint} />}
              </TableCell>
              <TableCell label="Hint">{key.hint ?? "–"}</TableCell>
              <TableCell label="Replaced" className="whitespace-nowrap">
                <RelativeTime value={key.retiredAt} />
              </TableCell>
              <TableCell label="Backups" numeric className="tabular-nums">
                {key.backupCount.toLocaleString("en-GB")}
              </TableCell>
              <TableCell numeric>
                <DownloadKeyFile keyToDownload={key} compact />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Section>
  );
}
