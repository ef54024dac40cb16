import { limitsFor, type ReadLimits } from "#lib/archive/limits.ts";
import { recordedBytesOf } from "#lib/copies/run-copy.ts";
import { env } from "#lib/env.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";

/**
 * How far a verification lets an archive unfold. What our own run packed unfolds to what it counted. What a description says instead is held to what an
 * archive of its size may unfold to at all, and to HOLDFAST_UNPACK_QUOTA_BYTES: half a megabyte of zstd can be made to unfold for hours.
 */
export function unpackLimits(backup: ClaimedVerification["backup"]): ReadLimits {
  const { sizeBytes } = recordedBytesOf(backup);
  const recorded = backup.plaintextBytes === null ? null : Number(backup.plaintextBytes);
  const limits = limitsFor(sizeBytes, recorded);
  if (recorded !== null && backup.origin === "run" && backup.authenticity === "own") return limits;
  return { ...limits, maxTarBytes: Math.min(limitsFor(sizeBytes, null).maxTarBytes, env().HOLDFAST_UNPACK_QUOTA_BYTES) };
}
