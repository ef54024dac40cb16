"use client";

import Link from "next/link";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import type { AuditEventDto } from "#lib/audit/schemas.ts";

const HASH = { head: 12, tail: 8 };

/** All that an entry says. */
export function AuditDetail({ event }: { event: AuditEventDto }) {
  const path = useTenantPath();
  const { subject } = event;
  return (
    <DescriptionList className="[&_dd]:text-start">
      <Description term="Time">
        <AbsoluteTime value={event.at} />
      </Description>
      <Description term="Action">
        <code className="font-mono text-[0.9em]">{event.action}</code>
      </Description>
      <Description term="From">{event.address ?? "no network address"}</Description>
      {subject?.id !== undefined && subject.id !== null && (
        <Description term={`Id of the ${subject.kind}`}>
          <span className="flex flex-wrap items-center gap-x-4">
            <Mono value={subject.id} what={`${subject.kind} id`} />
            <Link href={path(`/audit?subjectId=${encodeURIComponent(subject.id)}`)} className="rounded-sm text-accent hover:underline">
              All entries about it
            </Link>
          </span>
        </Description>
      )}
      {Object.entries(event.detail).map(([name, value]) => (
        <Description key={name} term={nameWords(name)}>
          <Value value={value} />
        </Description>
      ))}
      <Description term="Hash">
        <Mono value={event.hash} what="hash" shorten={HASH} />
      </Description>
      <Description term="Hash of the one before">
        <Mono value={event.previousHash} what="hash of the one before" shorten={HASH} />
      </Description>
    </DescriptionList>
  );
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.join(", ");
  return <pre className="overflow-x-auto font-mono text-[0.9em] whitespace-pre-wrap">{JSON.stringify(value, null, 2)}</pre>;
}

/** "destinationIds" → "Destination ids". */
function nameWords(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
