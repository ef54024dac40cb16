"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { ChooseMany } from "#components/policies/choose-many.tsx";
import type { PolicyFormValues } from "#components/policies/policy-form-values.ts";
import { Callout } from "#components/ui/callout.tsx";
import { FormField } from "#components/ui/form.tsx";
import { SwitchField } from "#components/ui/switch.tsx";
import type { DestinationDto } from "#lib/destinations/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

interface CoverageFieldsProps {
  systems: readonly SystemDto[];
  destinations: readonly DestinationDto[];
}

/** Which systems a policy backs up, where to, and whether changes of the tenant do so too. */
export function CoverageFields({ systems, destinations }: CoverageFieldsProps) {
  const form = useFormContext<PolicyFormValues>();
  const chosen = useWatch({ control: form.control, name: "destinationIds" });
  const onlyHere = chosen.length > 0 && destinations.every(({ id, kind }) => kind === "local" || !chosen.includes(id));
  return (
    <>
      <FormField form={form} name="systemIds" label="Systems" required group>
        {({ value, onChange }) => <ChooseMany noun="systems" options={systems} value={value} onChange={onChange} />}
      </FormField>
      <FormField
        form={form}
        name="destinationIds"
        label="Destinations"
        help="Each backup is written to all of them. A run is complete once each copy is proven."
        required
        group
      >
        {({ value, onChange }) => <ChooseMany noun="destinations" options={destinations} value={value} onChange={onChange} />}
      </FormField>
      {onlyHere && (
        <Callout kind="warning">
          Every copy would be on this machine, and lost together with it. Choose a destination elsewhere too.
        </Callout>
      )}
      <OnChange systems={systems} />
    </>
  );
}

/** Only the tenant's own configuration tells when it changes (TN-8). */
function OnChange({ systems }: { systems: readonly SystemDto[] }) {
  const form = useFormContext<PolicyFormValues>();
  const systemIds = useWatch({ control: form.control, name: "systemIds" });
  const onChange = useWatch({ control: form.control, name: "onChange" });
  const own = systems.find(({ kind }) => kind === "tenant-configuration");
  const covered = own !== undefined && systemIds.includes(own.id);
  return (
    <SwitchField
      label="Also after changes in this tenant"
      help={
        covered
          ? `Backs up “${own.name}” within five minutes of a change here; changes close together count as one.`
          : "Only for a policy that covers this tenant’s configuration: other systems do not tell when they change."
      }
      checked={onChange}
      disabled={!covered && !onChange}
      onCheckedChange={(checked) => form.setValue("onChange", checked, { shouldDirty: true })}
    />
  );
}
