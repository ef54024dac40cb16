"use client";

import type { BackupDto } from "#lib/backups/schemas.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Callout } from "#components/ui/callout.tsx";

/** Says that nobody vouches yet for a backup that was found in a destination, and what changes that. */
export function ForeignBackup({ backup }: { backup: Pick<BackupDto, "authenticity"> }) {
  if (backup.authenticity !== "foreign") return null;
  return (
    <Callout kind="warning" title="Nobody has vouched for this backup yet">
      It was found in a destination, and its signer is not known here. Open its key on the page “Keys”, or verify it or plan a restore of
      it, and type the passphrase of its key: when the key names that signer, this backup and all others under that key are believed. Until
      then it is not handed out.
    </Callout>
  );
}

/** The same in a word, for a row of a table. */
export function ForeignBadge({ authenticity }: Pick<BackupDto, "authenticity">) {
  return authenticity === "foreign" ? <Badge tone="amber">Not vouched for</Badge> : null;
}
