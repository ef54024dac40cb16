"use client";

import { gapWords } from "#components/systems/gap-words.ts";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

interface Gaps {
  gaps: { from: number; to: number }[];
}

/** Says which of a system's backups are missing between others, by the numbers that they carry. Nothing where none is. */
export function NumberGaps({ systemId }: { systemId: string }) {
  const { data, error, refetch } = useApiQuery<Gaps>(`/systems/${systemId}/number-gaps`);
  if (!data && error !== null) {
    return (
      <ErrorPanel
        problem={error}
        title="Whether backups are missing could not be read"
        action={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    );
  }
  if (!data || data.gaps.length === 0) return null;
  return (
    <Callout kind="warning" title={gapWords(data.gaps)}>
      Backups are numbered one by one. These were deleted before this catalogue was made, or somebody took them away. Whether the newest
      ones are missing, too, cannot be seen from numbers.
    </Callout>
  );
}
