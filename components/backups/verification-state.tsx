"use client";

import { Can } from "#components/shared/can.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Progress } from "#components/ui/progress.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";
import type { VerificationDto } from "#lib/verifications/schemas.ts";

/** What the latest verification is doing, or what it said. */
export function VerificationState({ backup }: { backup: BackupDto }) {
  const { verification } = backup;
  const isUnderWay = verification?.status === "queued" || verification?.status === "running";
  return (
    <>
      {isUnderWay && <UnderWay backup={backup} verification={verification} />}
      {backup.verificationFailure !== null && (
        <Callout kind="danger" title="This backup failed its verification">
          <p>{backup.verificationFailure}</p>
          <p className="pt-1 font-medium">{verification?.failure?.mend}</p>
        </Callout>
      )}
      {!isUnderWay && verification !== null && backup.verificationFailure === null && <Said verification={verification} />}
    </>
  );
}

function UnderWay({ backup, verification }: { backup: BackupDto; verification: VerificationDto }) {
  const cancel = useApiMutation<BackupDto, void>("POST", `/backups/${backup.id}/verify/cancel`);
  const { progress, failure } = verification;
  const fraction = progress === null || progress.totalBytes === 0 ? null : progress.bytes / progress.totalBytes;
  const waiting = failure === null ? "It is verified as soon as a worker is free." : `It is tried again later. ${failure.message}`;
  return (
    <div className="flex flex-col gap-3" role="status">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 text-base text-pretty">{progress === null ? waiting : `${progress.sentence} …`}</p>
        <Can permission="backups.verify">
          <Button
            pending={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onError: (error) => toast.error(problemSentence(error)) })}
          >
            Cancel verification
          </Button>
        </Can>
      </div>
      <Progress fraction={fraction} label="Verification" />
    </div>
  );
}

function Said({ verification }: { verification: VerificationDto }) {
  const { status, failure, finishedAt, result } = verification;
  if (status === "cancelled") return null;
  if (status === "failed") {
    return (
      <Callout kind="warning" title="It could not be verified everywhere">
        <p>{failure?.message}</p>
        <p className="pt-1 font-medium">{failure?.mend}</p>
      </Callout>
    );
  }
  return (
    <p className="text-sm text-pretty text-muted">
      Last verified <RelativeTime value={finishedAt} />, {verification.trigger === "schedule" ? "on schedule" : "because somebody asked"}:{" "}
      {result?.opened ? "opened, and every entry checked." : "every copy compared byte for byte."} {result?.note}
    </p>
  );
}
