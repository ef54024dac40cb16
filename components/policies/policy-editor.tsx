"use client";

import { PolicyForm } from "#components/policies/policy-form.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

interface PolicyEditorProps {
  policy: PolicyDto | null;
  cancelHref: string;
  onSaved: (policy: PolicyDto) => void;
}

/** The policy's form, once what can be chosen in it was read. */
export function PolicyEditor(props: PolicyEditorProps) {
  const systems = useWholeList<SystemDto>("/systems");
  const destinations = useWholeList<DestinationDto>("/destinations");
  const skeleton = <Skeleton className="h-[80rem] max-w-prose" />;
  return (
    <Loaded query={systems} skeleton={skeleton}>
      {(allSystems) => (
        <Loaded query={destinations} skeleton={skeleton}>
          {(allDestinations) => <PolicyForm {...props} systems={allSystems} destinations={allDestinations} />}
        </Loaded>
      )}
    </Loaded>
  );
}
