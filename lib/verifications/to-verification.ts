import {
  type VerificationDto,
  verificationFailureSchema,
  verificationProgressSchema,
  verificationResultSchema,
  type VerificationStatus,
} from "#lib/verifications/schemas.ts";

interface VerificationRow {
  id: string;
  status: string;
  trigger: string;
  destinationId: string | null;
  withKey: boolean;
  progress: unknown;
  result: unknown;
  failure: unknown;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A row as the API shows it. */
export function toVerification(row: VerificationRow): VerificationDto {
  return {
    id: row.id,
    status: row.status as VerificationStatus,
    trigger: row.trigger === "person" ? "person" : "schedule",
    destinationId: row.destinationId,
    withKey: row.withKey,
    progress: verificationProgressSchema.nullable().parse(row.progress ?? null),
    result: verificationResultSchema.nullable().parse(row.result ?? null),
    failure: verificationFailureSchema.nullable().parse(row.failure ?? null),
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
