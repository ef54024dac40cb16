import type { Prisma } from "#lib/db/client.ts";
import type { PolicyDto } from "#lib/policies/schemas.ts";
import { retentionSchema, storedScheduleSchema } from "#lib/schedule/schemas.ts";

/** What a policy's row must be read with. */
export const policyInclude = { systems: true, destinations: true } as const;

/** A row as the API shows it. */
export function toPolicy(row: Prisma.PolicyGetPayload<{ include: typeof policyInclude }>): PolicyDto {
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    systemIds: row.systems.map((link) => link.systemId),
    destinationIds: row.destinations.map((link) => link.destinationId),
    schedule: storedScheduleSchema.parse(row.schedule),
    onChange: row.onChange,
    retention: retentionSchema.parse(row.retention),
    attempts: row.attempts,
    windowMinutes: row.windowMinutes,
    catchUp: row.catchUp === "skip" ? "skip" : "latest",
    createdAt: row.createdAt.toISOString(),
  };
}
