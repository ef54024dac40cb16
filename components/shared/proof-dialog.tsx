"use client";

import { type ReactNode, useState } from "react";
import { useForm } from "react-hook-form";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { type PassphraseKey, ProofFields } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions, DialogClose, DialogContent } from "#components/ui/dialog.tsx";
import { Form } from "#components/ui/form.tsx";

export interface Proof {
  password: string;
  /** Only where a passphrase was asked for. */
  passphrase?: string;
}

interface ProofDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  /** Ask for this key's passphrase too; null where none is needed. */
  passphraseKey: PassphraseKey | null;
  /** The verb with its object. */
  action: string;
  danger?: boolean;
  /** Throws what the API answered; the dialog stays open and shows it. It closes after a success. */
  onProven: (proof: Proof) => Promise<void>;
  /** Between the words and the fields. */
  children?: ReactNode;
}

/** A dangerous verb with the proof that it needs, in one window. */
export function ProofDialog({ open, onOpenChange, title, description, children, ...form }: ProofDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title={title} description={description}>
        {children}
        <ProofForm {...form} onDone={() => onOpenChange(false)} />
      </DialogContent>
    </Dialog>
  );
}

interface ProofFormProps extends Pick<ProofDialogProps, "passphraseKey" | "action" | "danger" | "onProven"> {
  onDone: () => void;
}

function ProofForm({ passphraseKey, action, danger = false, onProven, onDone }: ProofFormProps) {
  const form = useForm({ defaultValues: { passphrase: "", password: "" } });
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async ({ passphrase, password }: { passphrase: string; password: string }) => {
    setProblem(null);
    try {
      await onProven({ password, ...(passphraseKey === null ? {} : { passphrase }) });
      onDone();
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit} className="gap-4">
      <ErrorPanel problem={problem} />
      <ProofFields passphraseKey={passphraseKey} />
      <DialogActions>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant={danger ? "danger" : "primary"} pending={form.formState.isSubmitting}>
          {action}
        </Button>
      </DialogActions>
    </Form>
  );
}
