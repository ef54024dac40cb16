"use client";

import Link from "next/link";
import { copyLooks, mendingWordOf } from "#components/backups/copy-words.ts";
import { VerifyCopy } from "#components/backups/verify-backup.tsx";
import { Can } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { StateMark } from "#components/shared/state-mark.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** Where an archive lies, and in which state it is there. */
export function CopiesTable({ backup }: { backup: BackupDto }) {
  const path = useTenantPath();
  return (
    <Table aria-label="Copies">
      <TableHeader>
        <TableRow>
          <TableHead>Destination</TableHead>
          <TableHead>State</TableHead>
          <TableHead>Last in order</TableHead>
          <TableHead>Name there</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {backup.copies.map((copy) => (
          <TableRow key={copy.destinationId}>
            <TableCell className="font-medium">
              <Link href={path(`/destinations/${copy.destinationId}`)} className="rounded-sm text-accent hover:underline">
                {copy.destinationName}
              </Link>
            </TableCell>
            <TableCell label="State">
              <StateMark {...(copy.isCopying ? copying : copyLooks[copy.status])} />
              {copy.failure !== null && <p className="max-w-96 pt-1 text-pretty text-muted">{copy.failure}</p>}
              <WhatNext backup={backup} copy={copy} />
            </TableCell>
            <TableCell label="Last in order">
              <Checked copy={copy} />
            </TableCell>
            <TableCell label="Name there" stack>
              <Mono value={copy.objectKey} what="object key" shorten={false} />
            </TableCell>
            <TableCell>
              <div className="flex flex-wrap items-center justify-end gap-2">
                <MendNow backup={backup} copy={copy} />
                <VerifyCopy backup={backup} copy={copy} />
              </div>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

const copying = { state: "running", label: "Being copied" } as const;

type Copy = BackupDto["copies"][number];

/** What a machine does about it, and when; or that it no longer does. */
function WhatNext({ backup, copy }: { backup: BackupDto; copy: Copy }) {
  if (copy.isCopying || backup.status !== "completed") return null;
  if (copy.isDisconnected && (copy.status === "damaged" || copy.status === "missing"))
    return <p className="max-w-96 pt-1 text-pretty text-muted">This destination was disconnected: nothing new is stored there.</p>;
  if (copy.nextAttemptAt === null) {
    const word = mendingWordOf(copy, backup.copies);
    if (word === null || copy.status === "deleting") return null;
    const why = word === "Copy now" ? "No further attempt is planned: after three days it is left to you." : "It is not mended by itself.";
    return (
      <p className="max-w-96 pt-1 text-pretty text-muted">
        {why} Press “{word}”.
      </p>
    );
  }
  return (
    <p className="pt-1 text-muted">
      {copy.status === "deleting" ? "Cleared away next" : "Next attempt"} <RelativeTime value={copy.nextAttemptAt} />
    </p>
  );
}

/** When it was last found in order; and since then, what could not be told, and how long it cannot be removed. */
function Checked({ copy }: { copy: Copy }) {
  const isUnverified = copy.status === "stored" && copy.checkedAt !== null && copy.verifiedAt !== null && copy.checkedAt > copy.verifiedAt;
  return (
    <>
      <RelativeTime value={copy.verifiedAt} none="not yet" />
      {isUnverified && (
        <p className="pt-1 text-muted">
          Could not be verified <RelativeTime value={copy.checkedAt} />
        </p>
      )}
      {copy.lockedUntil !== null && (
        <p className="pt-1 text-muted">
          Locked until <AbsoluteTime value={copy.lockedUntil} />
        </p>
      )}
    </>
  );
}

function MendNow({ backup, copy }: { backup: BackupDto; copy: Copy }) {
  const retry = useApiMutation<BackupDto, void>("POST", `/backups/${backup.id}/copies/${copy.destinationId}/attempts`);
  const word = mendingWordOf(copy, backup.copies);
  if (backup.status !== "completed" || word === null) return null;
  return (
    <Can permission="runs.start">
      <Button
        pending={retry.isPending}
        onClick={() => retry.mutate(undefined, { onError: (error) => toast.error(problemSentence(error)) })}
        aria-label={`${word} ${word === "Copy now" ? "into" : "in"} ${copy.destinationName}`}
      >
        {word}
      </Button>
    </Can>
  );
}
