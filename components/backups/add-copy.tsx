"use client";

import { Plus } from "lucide-react";
import { Can } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "#components/ui/dropdown-menu.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { DestinationDto } from "#lib/destinations/schemas.ts";

/** Puts a backup into a destination that has none of it yet. Nothing where every destination has one. */
export function AddCopy({ backup }: { backup: BackupDto }) {
  const { data: destinations } = useWholeList<DestinationDto>("/destinations");
  const add = useApiMutation<BackupDto>("POST", `/backups/${backup.id}/copies`);
  const free = destinations?.filter(({ id }) => backup.copies.every((copy) => copy.destinationId !== id)) ?? [];
  const hasGood = backup.copies.some(({ status }) => status === "stored");
  if (backup.status !== "completed" || free.length === 0 || !hasGood) return null;
  const addTo = ({ id, name }: DestinationDto) =>
    add.mutate(
      { destinationId: id },
      {
        onSuccess: () => toast.success(`A copy is made in “${name}”.`),
        onError: (error) => toast.error(problemSentence(error)),
      },
    );
  return (
    <Can permission="runs.start">
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button pending={add.isPending}>
            <Plus aria-hidden /> Add a copy
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          {free.map((destination) => (
            <DropdownMenuItem key={destination.id} onSelect={() => addTo(destination)}>
              {destination.name}
            </DropdownMenuItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
    </Can>
  );
}
