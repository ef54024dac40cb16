"use client";

import { Button } from "#components/ui/button.tsx";

interface OlderButtonProps {
  /** A list of use-api.ts. */
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** Reads the next, older part of a list; nothing when all of it is there. */
export function OlderButton({ list }: OlderButtonProps) {
  if (!list.hasNextPage) return null;
  return (
    <div className="flex justify-center pt-4">
      <Button pending={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        Show older
      </Button>
    </div>
  );
}
