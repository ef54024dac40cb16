"use client";

import { useFormContext } from "react-hook-form";
import { FormField } from "#components/ui/form.tsx";
import { Select } from "#components/ui/select.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** Which system to back up. Form value `systemId`. */
export function SystemChoice({ systems }: { systems: readonly SystemDto[] }) {
  const form = useFormContext<{ systemId: string }>();
  return (
    <FormField form={form} name="systemId" label="System" required>
      {(field) => <Select {...field} options={systems.map(({ id, name }) => ({ value: id, label: name }))} />}
    </FormField>
  );
}
