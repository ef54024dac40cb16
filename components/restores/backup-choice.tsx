"use client";

import { Archive } from "lucide-react";
import { useState } from "react";
import { BackUpNow } from "#components/backups/back-up-now.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { ProofLadder } from "#components/shared/proof-ladder.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Bytes } from "#components/ui/bytes.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Field } from "#components/ui/field.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import { Select } from "#components/ui/select.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** The first step: which backup, newest first. */
export function BackupChoice({ onChosen }: { onChosen: (id: string) => void }) {
  const [systemId, setSystemId] = useState("");
  const systems = useWholeList<SystemDto>("/systems");
  const backups = useApiList<BackupDto>("/backups", { systemId, limit: 10, status: "completed" });
  return (
    <>
      <Field label="System" optionalHint={false}>
        <Select
          value={systemId}
          onChange={(event) => setSystemId(event.target.value)}
          options={(systems.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          placeholder="All systems"
          className="max-w-md"
        />
      </Field>
      <Loaded query={backups}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={Archive} title="No backup to restore yet" action={<BackUpNow />}>
              Backups appear here once they are made and proven.
            </EmptyState>
          ) : (
            <ul aria-label="Backups" className="flex flex-col gap-2">
              {items.map((backup) => (
                <li key={backup.id}>
                  <BackupButton backup={backup} onClick={() => onChosen(backup.id)} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <OlderButton list={backups} />
    </>
  );
}

function BackupButton({ backup, onClick }: { backup: BackupDto; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="flex w-full flex-wrap items-center gap-x-6 gap-y-2 rounded-lg border border-border bg-surface px-4 py-3 text-start text-sm hover:border-input hover:bg-sunken"
    >
      <span className="flex min-w-56 flex-1 flex-col">
        <span className="font-medium [overflow-wrap:anywhere]">{backup.systemName}</span>
        <span className="text-muted">
          <AbsoluteTime value={backup.createdAt} />, <RelativeTime value={backup.createdAt} />
        </span>
      </span>
      <ProofLadder proven={backup.proven} compact />
      <span className="w-20 text-end max-sm:hidden">
        <Bytes sizeBytes={backup.sizeBytes} />
      </span>
    </button>
  );
}
