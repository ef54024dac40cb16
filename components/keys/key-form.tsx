"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useMemo, useState } from "react";
import { type UseFormReturn, useForm, useWatch } from "react-hook-form";
import { keyFormSchema, type KeyFormValues, toKeyInput } from "#components/keys/key-form-schema.ts";
import { PassphraseFields } from "#components/keys/passphrase-fields.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { ProofFields } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { RadioCard, RadioGroup } from "#components/ui/radio-group.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { KeyDto, KeyFile, KeyMode } from "#lib/keys/schemas.ts";

export type ChosenKey = KeyDto & { keyFile: KeyFile | null };

interface KeyFormProps {
  /** A key was chosen before, so the login password is asked for. */
  needsProof: boolean;
  onChosen: (key: ChosenKey) => void;
  /** Beside the button: a way out. */
  children?: ReactNode;
}

/** Chooses what backups are encrypted to from now on. */
export function KeyForm({ needsProof, onChosen, children }: KeyFormProps) {
  const { name, slug, email } = useTenant();
  const schema = useMemo(() => keyFormSchema({ needsProof, known: [name, slug, email] }), [needsProof, name, slug, email]);
  const form = useForm<KeyFormValues>({ resolver: zodResolver(schema), defaultValues });
  const [problem, setProblem] = useState<Problem | null>(null);
  const setKey = useApiMutation<ChosenKey>("PUT", "/keys/current");
  const mode = useWatch({ control: form.control, name: "mode" });
  const submit = async (values: KeyFormValues) => {
    setProblem(null);
    try {
      onChosen(await setKey.mutateAsync(toKeyInput(values)));
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <FormField form={form} name="mode" label="How backups are encrypted from now on" group required>
        {({ value, onChange }) => (
          <RadioGroup value={value} onValueChange={onChange}>
            {choices.map((choice) => (
              <RadioCard key={choice.value} {...choice} />
            ))}
          </RadioGroup>
        )}
      </FormField>
      {mode === "passphrase" && <PassphraseFields />}
      <ModeWarning mode={mode} />
      {mode !== "off" && <More form={form} />}
      {needsProof && <ProofFields passphraseKey={null} />}
      <ErrorPanel problem={problem} />
      <FormActions>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          {actions[mode]}
        </Button>
        {children}
      </FormActions>
    </Form>
  );
}

const defaultValues: KeyFormValues = { mode: "passphrase", passphrase: "", repeated: "", hint: "", recoveryRecipients: "", password: "" };

const choices = [
  {
    value: "passphrase",
    label: "With a passphrase (recommended)",
    description: "Only the passphrase opens the backups. Not even the host can read them.",
  },
  {
    value: "managed",
    label: "With a key that Holdfast manages",
    description: "No passphrase to keep. Whoever controls this host can read the backups.",
  },
  { value: "off", label: "Not at all", description: "Whoever gets hold of a backup file can read it." },
];

const actions: Record<KeyMode, string> = {
  passphrase: "Set the passphrase",
  managed: "Let Holdfast manage the key",
  off: "Switch encryption off",
};

function ModeWarning({ mode }: { mode: KeyMode }) {
  if (mode === "passphrase") {
    return (
      <Callout kind="warning" title="Nobody can reset this passphrase">
        Whoever loses it loses the backups made under it; neither Holdfast nor its host can open them. Put it in your password manager, or
        write it down and lock it away.
      </Callout>
    );
  }
  if (mode === "managed") {
    return (
      <Callout kind="warning" title="The host can read these backups">
        The key lies on the same machine as Holdfast. An owner takes a copy of it away, so that backups can be opened when this machine is
        gone.
      </Callout>
    );
  }
  return (
    <Callout kind="danger" title="Backups are then stored in the clear">
      Everything in them can be read by whoever can read the destination: names, addresses, and settings. Backups made until now stay as
      they are.
    </Callout>
  );
}

function More({ form }: { form: UseFormReturn<KeyFormValues> }) {
  return (
    <details className="group rounded-lg border border-border px-4 py-3">
      <summary className="rounded-md text-sm font-medium">More: recovery recipients</summary>
      <div className="pt-4">
        <FormField
          form={form}
          name="recoveryRecipients"
          label="Recovery recipients"
          help="Further age keys that open the backups too, for a colleague or a safe. One a line, each begins with age1."
        >
          {(field) => <Textarea {...field} className="font-mono" spellCheck={false} placeholder="age1…" />}
        </FormField>
      </div>
    </details>
  );
}
