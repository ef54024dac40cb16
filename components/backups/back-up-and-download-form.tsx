"use client";

import { useForm } from "react-hook-form";
import type { DownloadProof } from "#components/backups/follow-and-download.tsx";
import { SystemChoice } from "#components/backups/system-choice.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { type PassphraseKey, ProofFields } from "#components/shared/proof-fields.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { DialogActions, DialogClose } from "#components/ui/dialog.tsx";
import { Form, FormField } from "#components/ui/form.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

interface BackUpAndDownloadFormProps {
  systems: readonly SystemDto[];
  passphraseKey: PassphraseKey | null;
  onBegun: (begun: { runId: string; proof: DownloadProof }) => void;
}

interface Values {
  systemId: string;
  passphrase: string;
  repeated: string;
  password: string;
}

/** Everything that is needed is asked before the backup begins, so that nobody has to wait beside it. */
export function BackUpAndDownloadForm({ systems, passphraseKey, onBegun }: BackUpAndDownloadFormProps) {
  const form = useForm<Values>({ defaultValues: { systemId: systems[0]?.id ?? "", passphrase: "", repeated: "", password: "" } });
  const started = useApiMutation<RunDto, { systemId: string }>("POST", "/backups");
  const submit = async ({ systemId, passphrase, repeated, password }: Values) => {
    if (password === "") form.setError("password", { message: "Type your login password again." }, { shouldFocus: true });
    if (passphraseKey !== null && passphrase === "")
      form.setError("passphrase", { message: "Type the passphrase." }, { shouldFocus: true });
    else if (passphraseKey !== null && repeated !== passphrase)
      form.setError("repeated", { message: "The two are not the same. Type the passphrase once more." }, { shouldFocus: true });
    if (password === "" || (passphraseKey !== null && (passphrase === "" || repeated !== passphrase))) return;
    await started.mutateAsync({ systemId }).then(
      (run) => onBegun({ runId: run.id, proof: { password, ...(passphraseKey === null ? {} : { passphrase }) } }),
      // Shown below, from the mutation's own state.
      () => undefined,
    );
  };
  return (
    <Form form={form} onSubmit={submit} className="gap-4">
      <SystemChoice systems={systems} />
      <ProofFields passphraseKey={passphraseKey} />
      {passphraseKey !== null && (
        <FormField form={form} name="repeated" label="Passphrase again" required>
          {(field) => <PasswordInput {...field} autoComplete="off" />}
        </FormField>
      )}
      <ErrorPanel problem={started.error} title="The backup was not started" />
      <DialogActions>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Back up and download
        </Button>
      </DialogActions>
    </Form>
  );
}
