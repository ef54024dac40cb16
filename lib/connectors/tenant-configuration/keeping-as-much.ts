import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { largerRetention } from "#lib/schedule/larger-retention.ts";
import { retentionSchema } from "#lib/schedule/schemas.ts";

type Policy = TenantConfiguration["policies"][number];

/** A policy out of a backup as a restore applies it: no rule of its retention keeps fewer than the present policy's. */
export function keepingAsMuch(present: readonly Pick<Policy, "id" | "retention">[], wanted: Policy): Policy {
  const before = retentionSchema.safeParse(present.find(({ id }) => id === wanted.id)?.retention);
  const after = retentionSchema.safeParse(wanted.retention);
  // One that is no retention is refused before it is applied.
  return before.success && after.success ? { ...wanted, retention: largerRetention(before.data, after.data) } : wanted;
}
