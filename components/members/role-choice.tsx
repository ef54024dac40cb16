"use client";

import { useTenant } from "#components/shared/tenant-provider.tsx";
import { RadioCard, RadioGroup } from "#components/ui/radio-group.tsx";
import { type Role, roleDescriptions, roleMayManage, roles } from "#lib/auth/permissions.ts";

/** The roles that the person may give, each with what it may. Stands inside a `Field group`. */
export function RoleChoice({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const { role: own } = useTenant();
  return (
    <RadioGroup value={value} onValueChange={(role) => onChange(role as Role)}>
      {roles
        .filter((role) => roleMayManage(own, role))
        .map((role) => (
          <RadioCard
            key={role}
            value={role}
            label={<span className="capitalize">{role}</span>}
            description={roleDescriptions[role]}
            className="p-3"
          />
        ))}
    </RadioGroup>
  );
}
