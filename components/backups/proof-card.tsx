"use client";

import { VerificationState } from "#components/backups/verification-state.tsx";
import { VerifyBackup } from "#components/backups/verify-backup.tsx";
import { ProofLadder } from "#components/shared/proof-ladder.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** How far a backup is proven, what the last verification said, and the way to the next one. */
export function ProofCard({ backup }: { backup: BackupDto }) {
  return (
    <Card>
      <CardHeader title="Proof" description={proofWords(backup)} action={<VerifyBackup backup={backup} />} />
      <CardContent className="flex flex-col gap-5">
        <ProofLadder proven={backup.proven} dates={proofDates(backup)} />
        <VerificationState backup={backup} />
      </CardContent>
    </Card>
  );
}

function proofWords({ proven, verificationFailure }: BackupDto): string {
  if (proven === "stored" && verificationFailure !== null) return "No good copy of it is known any more, so nothing is proven.";
  if (proven === "stored") return "The destination has it; nothing more was proven yet.";
  if (proven === "intact" || proven === "decryptable") return "It was fetched back, but not every entry was checked.";
  return "It was fetched back from its destination, decrypted, and every entry was checked.";
}

/** One time is recorded: when the highest step was reached, or last found to hold. */
function proofDates({ proven, verifiedAt, createdAt }: BackupDto) {
  return { stored: createdAt, ...(verifiedAt === null ? {} : { [proven]: verifiedAt }) };
}
