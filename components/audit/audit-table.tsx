"use client";

import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useId, useState } from "react";
import { actionWords, subjectPath } from "#components/audit/action-words.ts";
import { AuditDetail } from "#components/audit/audit-detail.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { cn } from "#components/ui/class-names.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { AuditEventDto } from "#lib/audit/schemas.ts";

/** One row an entry; each opens to its detail. */
export function AuditTable({ events }: { events: readonly AuditEventDto[] }) {
  return (
    <Table aria-label="Audit log">
      <TableHeader>
        <TableRow>
          <TableHead>What</TableHead>
          <TableHead>About</TableHead>
          <TableHead>By</TableHead>
          <TableHead>When</TableHead>
          <TableHead>Hash</TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {events.map((event) => (
          <AuditRow key={event.id} event={event} />
        ))}
      </TableBody>
    </Table>
  );
}

function AuditRow({ event }: { event: AuditEventDto }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <TableRow>
        <TableCell>
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
            className="flex min-h-8 items-center gap-2 rounded-sm text-start font-medium hover:underline pointer-coarse:min-h-10"
          >
            <ChevronRight aria-hidden className={cn("size-4 shrink-0 text-muted transition-transform duration-100", open && "rotate-90")} />
            {actionWords(event.action)}
          </button>
        </TableCell>
        <TableCell label="About" className="max-w-80 [overflow-wrap:anywhere]">
          <Subject subject={event.subject} />
        </TableCell>
        <TableCell label="By" className="[overflow-wrap:anywhere]">
          <span>
            {event.actor.label}
            {event.actor.kind !== "member" && <span className="text-muted"> ({event.actor.kind})</span>}
          </span>
        </TableCell>
        <TableCell label="When">
          <RelativeTime value={event.at} />
        </TableCell>
        <TableCell label="Hash" className="text-muted">
          <code title={event.hash} className="font-mono text-[0.9em]">
            {shortenMiddle(event.hash, 6, 4)}
          </code>
        </TableCell>
      </TableRow>
      {open && (
        <TableRow id={id} className="bg-sunken">
          <TableCell colSpan={5} stack className="p-4">
            <AuditDetail event={event} />
          </TableCell>
        </TableRow>
      )}
    </>
  );
}

function Subject({ subject }: { subject: AuditEventDto["subject"] }) {
  const path = useTenantPath();
  if (subject === null) return <span className="text-muted">–</span>;
  const label = subject.label ?? (subject.id === null ? subject.kind : shortenMiddle(subject.id));
  const page = subjectPath(subject);
  if (page === null) return label;
  return (
    <Link href={path(page)} className="rounded-sm text-accent hover:underline">
      {label}
    </Link>
  );
}
