"use client";

import { gapWords } from "#components/systems/gap-words.ts";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Callout } from "#components/ui/callout.tsx";

interface Gaps {
  gaps: { from: number; to: number }[];
}

/** Says which of a system's backups are missing between others, by the numbers that they carry. Nothing where none is. */
export function NumberGaps({ systemId }: { systemId: string }) {
  const { data } = useApiQuery<Gaps>(`/systems/${systemId}/number-gaps`);
  if (!data || data.gaps.length === 0) return null;
  return (
    <Callout kind="warning" title={gapWords(data.gaps)}>
      Backups are numbered one by one. These were deleted before this catalogue was made, or somebody took them away. Whether the newest
      ones are missing, too, cannot be seen from numbers.
    </Callout>
  );
}
