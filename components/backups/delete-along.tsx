"use client";

import { useState } from "react";
import { useCan } from "#components/shared/can.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Callout } from "#components/ui/callout.tsx";
import { CheckboxField } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";

interface Numbers {
  backups: number;
  copies: number;
  staying: number;
  lastGoodOf: string[];
}

type Scope = { policyId: string } | { systemId: string } | { destinationId: string };

/** Whether the backups of what is being deleted go along. By default they stay. */
export function useDeleteAlong(scope: Scope, isOpen: boolean) {
  const mayDelete = useCan("backups.delete");
  const [isWanted, setWanted] = useState(false);
  const [password, setPassword] = useState("");
  const { data: numbers } = useApiQuery<Numbers>("/backups/deletion", scope, { enabled: isOpen && mayDelete });
  const isChosen = isWanted && numbers !== undefined;
  return {
    mayDelete,
    numbers,
    isWanted,
    setWanted,
    password,
    setPassword,
    /** What is sent: nothing when they stay. */
    input: isChosen
      ? { deleteBackups: numbers.backups, password, ...("destinationId" in scope ? { deleteCopies: numbers.copies } : {}) }
      : {},
    reset: () => {
      setWanted(false);
      setPassword("");
    },
  };
}

/** The choice, with its numbers; the login password once they are to go. Nothing where there is nothing to choose. */
export function DeleteAlong({ along }: { along: ReturnType<typeof useDeleteAlong> }) {
  const { mayDelete, numbers, isWanted, setWanted, password, setPassword } = along;
  if (!mayDelete || numbers === undefined || numbers.backups + numbers.copies === 0) return null;
  return (
    <div className="flex flex-col gap-4">
      <CheckboxField
        label={choiceWords(numbers)}
        help={helpWords(numbers)}
        checked={isWanted}
        onCheckedChange={(on) => setWanted(on === true)}
      />
      {isWanted && numbers.lastGoodOf.length > 0 && (
        <Callout kind="danger" title={`No good backup would be left of ${listed(numbers.lastGoodOf)}`}>
          After 7 days in the trash, nothing of that could be restored.
        </Callout>
      )}
      {isWanted && (
        <Field label="Your login password" help="Asked again because this deletes backups." required>
          <PasswordInput value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="current-password" />
        </Field>
      )}
    </div>
  );
}

function choiceWords({ backups, copies }: Numbers): string {
  const removal = copies === 0 ? "" : `remove ${copies === 1 ? "1 copy" : `${copies} copies`} there`;
  const trash = backups === 0 ? "" : `move ${backups === 1 ? "1 backup" : `${backups} backups`} to the trash`;
  return `Also ${[trash, removal].filter(Boolean).join(" and ")}`;
}

function helpWords({ backups, copies, staying }: Numbers): string {
  const sentences = [
    backups > 0 && copies > 0 && "To the trash go those that lie nowhere else; of the others, only the copy there is removed.",
    backups === 0 && "Each of them lies elsewhere, too.",
    backups > 0 && "They can be taken out of the trash for 7 days.",
    staying > 0 && `${staying} more ${staying === 1 ? "stays" : "stay"}: pinned, or needed by a restore.`,
  ];
  return sentences.filter(Boolean).join(" ");
}

function listed(names: string[]): string {
  const shown = names.slice(0, 3).map((name) => `“${name}”`);
  return names.length > 3 ? `${shown.join(", ")} and ${names.length - 3} more` : shown.join(", ");
}
