"use client";

import { useEffect, useRef } from "react";
import { useForm } from "react-hook-form";
import { RunFailure } from "#components/runs/run-failure.tsx";
import { RunProgress } from "#components/runs/run-progress.tsx";
import { useRun } from "#components/runs/use-run.ts";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { problemSentence } from "#components/shared/problem.ts";
import { type PassphraseKey, ProofFields } from "#components/shared/proof-fields.tsx";
import { followDownload } from "#components/shared/save-text-file.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { DialogActions } from "#components/ui/dialog.tsx";
import { Form } from "#components/ui/form.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";

export interface DownloadProof {
  password: string;
  passphrase?: string;
}

interface FollowAndDownloadProps {
  runId: string;
  proof: DownloadProof;
  passphraseKey: PassphraseKey | null;
  onClose: () => void;
}

/** Follows a run to its end and then brings the backup down. Proof that was wrong can be typed again without another backup. */
export function FollowAndDownload({ runId, proof, passphraseKey, onClose }: FollowAndDownloadProps) {
  const run = useRun(runId).data;
  const backupId = run?.status === "completed" || run?.status === "partial" ? run.backupId : null;
  const download = useDownload(backupId);
  const { begin } = download;
  const isBegun = useRef(false);
  useEffect(() => {
    if (backupId === null || isBegun.current) return;
    isBegun.current = true;
    begin(proof);
  }, [backupId, proof, begin]);
  if (run === undefined) return <Skeleton className="h-60" />;
  return (
    <div className="flex flex-col gap-4">
      <RunFailure run={run} />
      {run.status === "cancelled" && <Callout title="The backup was cancelled">Nothing was stored.</Callout>}
      {download.isDone && (
        <Callout kind="success" role="status" title="The download has begun">
          The backup is stored and proven, and the file is on its way. You may close this window.
        </Callout>
      )}
      {download.error === null ? <RunProgress run={run} /> : <ProveAgain {...{ passphraseKey, download }} />}
      <DialogActions>
        <Button variant={download.isDone ? "primary" : "secondary"} onClick={onClose}>
          Close
        </Button>
      </DialogActions>
    </div>
  );
}

function useDownload(backupId: string | null) {
  const { mutate, isSuccess, isPending, error } = useApiMutation<{ url: string }, Record<string, unknown>>(
    "POST",
    `/backups/${backupId ?? ""}/downloads`,
  );
  return {
    begin: (proof: DownloadProof) => mutate({ ...proof }, { onSuccess: ({ url }) => followDownload(url) }),
    isDone: isSuccess,
    isPending,
    error,
  };
}

function ProveAgain({ passphraseKey, download }: { passphraseKey: PassphraseKey | null; download: ReturnType<typeof useDownload> }) {
  const form = useForm({ defaultValues: { passphrase: "", password: "" } });
  return (
    <Form
      form={form}
      className="gap-4"
      onSubmit={({ passphrase, password }) => download.begin({ password, ...(passphraseKey === null ? {} : { passphrase }) })}
    >
      <ErrorPanel problem={{ detail: problemSentence(download.error) }} title="The backup is made; the download was refused" />
      <ProofFields passphraseKey={passphraseKey} />
      <Button type="submit" variant="primary" pending={download.isPending} className="self-start">
        Download backup
      </Button>
    </Form>
  );
}
