"use client";

import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useKeys } from "#components/keys/use-keys.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { type Problem, problemSentence } from "#components/shared/problem.ts";
import { PassphraseField, type PassphraseKey } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions, DialogClose, DialogContent } from "#components/ui/dialog.tsx";
import { DropdownMenuItem, RowMenu } from "#components/ui/dropdown-menu.tsx";
import { Form } from "#components/ui/form.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** Proves a backup again. Of a passphrase's key, it asks whether to open the archive too. */
export function VerifyBackup({ backup }: { backup: BackupDto }) {
  const verifying = useVerifying(backup);
  if (verifying === null) return null;
  return (
    <Can permission="backups.verify" fallback={<AskButton permission="backups.verify">Verify backup</AskButton>}>
      <Button pending={verifying.isStarting} onClick={verifying.press}>
        <ShieldCheck aria-hidden /> Verify backup
      </Button>
      <VerifyDialog verifying={verifying} title="Verify backup" what="Every copy" />
    </Can>
  );
}

/** The menu of one copy, to prove that one alone. */
export function VerifyCopy({ backup, copy }: { backup: BackupDto; copy: BackupDto["copies"][number] }) {
  const verifying = useVerifying(backup, copy.destinationId);
  if (verifying === null || copy.isCopying || copy.status === "deleting") return null;
  return (
    <Can permission="backups.verify">
      <RowMenu label={`Actions for the copy in “${copy.destinationName}”`}>
        <DropdownMenuItem onSelect={verifying.press}>
          <ShieldCheck aria-hidden /> Verify this copy
        </DropdownMenuItem>
      </RowMenu>
      <VerifyDialog verifying={verifying} title={`Verify the copy in “${copy.destinationName}”`} what="This copy" />
    </Can>
  );
}

type Verifying = NonNullable<ReturnType<typeof useVerifying>>;

/** Null where there is nothing to start. */
function useVerifying(backup: BackupDto, destinationId?: string) {
  const { keys } = useKeys();
  const [isAsking, setAsking] = useState(false);
  const verify = useApiMutation<BackupDto>("POST", `/backups/${backup.id}/verify`);
  const key = keys?.find(({ id }) => id === backup.keyId);
  const isUnderWay = backup.verification?.status === "queued" || backup.verification?.status === "running";
  if (backup.status !== "completed" || isUnderWay || key === undefined) return null;
  const start = async (passphrase?: string) => {
    await verify.mutateAsync({ ...(passphrase !== undefined && { passphrase }), ...(destinationId !== undefined && { destinationId }) });
    setAsking(false);
  };
  const press = () => {
    if (key.mode === "passphrase") setAsking(true);
    else start().catch((error: unknown) => toast.error(problemSentence(error)));
  };
  return { key, isAsking, setAsking, start, press, isStarting: verify.isPending && !isAsking };
}

function VerifyDialog({ verifying, title, what }: { verifying: Verifying; title: string; what: string }) {
  return (
    <Dialog open={verifying.isAsking} onOpenChange={verifying.setAsking}>
      <DialogContent
        title={title}
        description={`${what} is fetched whole and compared with what was stored. With the passphrase, the archive is opened too, and every entry checked.`}
      >
        <PassphraseForm passphraseKey={verifying.key} onStart={verifying.start} />
      </DialogContent>
    </Dialog>
  );
}

function PassphraseForm({ passphraseKey, onStart }: { passphraseKey: PassphraseKey; onStart: (passphrase?: string) => Promise<void> }) {
  const form = useForm({ defaultValues: { passphrase: "" } });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isComparing, setComparing] = useState(false);
  const submit = async ({ passphrase }: { passphrase?: string }) => {
    setProblem(null);
    try {
      await onStart(passphrase);
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  const compareOnly = async () => {
    setComparing(true);
    await submit({});
    setComparing(false);
  };
  return (
    <Form form={form} onSubmit={submit} className="gap-4">
      <ErrorPanel problem={problem} />
      <PassphraseField passphraseKey={passphraseKey} />
      <DialogActions>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button pending={isComparing} onClick={() => void compareOnly()}>
          Compare copies only
        </Button>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Open and verify
        </Button>
      </DialogActions>
    </Form>
  );
}
