"use client";

import { ProofDialog } from "#components/shared/proof-dialog.tsx";
import { ProblemError } from "#lib/http/client.ts";

/** What the server says that an edit would delete. */
export interface WouldDelete {
  deletes: number;
  more: number;
}

/** The numbers of a refused edit, or null when it was refused for another reason. */
export function readWouldDelete(error: unknown): WouldDelete | null {
  if (!(error instanceof ProblemError) || error.code !== "would-delete") return null;
  const { deletes, more } = error.body;
  return typeof deletes === "number" && typeof more === "number" ? { deletes, more } : null;
}

interface ConfirmDeletesProps {
  /** Null while there is nothing to confirm. */
  wouldDelete: WouldDelete | null;
  onChange: (wouldDelete: WouldDelete | null) => void;
  save: (proof: { password: string; acknowledgeDeletes: number }) => Promise<void>;
}

/** Says how many backups an edited policy deletes, and asks for the login password before it is saved. */
export function ConfirmDeletes({ wouldDelete, onChange, save }: ConfirmDeletesProps) {
  if (wouldDelete === null) return null;
  const { deletes, more } = wouldDelete;
  const backups = deletes === 1 ? "1 backup" : `${deletes} backups`;
  return (
    <ProofDialog
      open
      onOpenChange={(open) => {
        if (!open) onChange(null);
      }}
      title={`Save a policy that deletes ${backups}?`}
      description={
        deletes > more
          ? `It deletes ${backups} after its next run; ${more} of them it would have kept before. They do not go through the trash.`
          : `It deletes ${backups} after its next run that it would have kept before. They do not go through the trash.`
      }
      passphraseKey={null}
      action={`Save and delete ${backups}`}
      danger
      onProven={async ({ password }) => {
        try {
          await save({ password, acknowledgeDeletes: deletes });
        } catch (error) {
          // A backup more or less since then: the words above change, and the password is typed again.
          onChange(readWouldDelete(error) ?? wouldDelete);
          throw error;
        }
      }}
    />
  );
}
