"use client";

import { useState } from "react";
import { useForm } from "react-hook-form";
import { AskButton, useCan } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { ProofFields } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** Opens a key that was found in a destination, so that its backups can be used here. */
export function AdoptKey({ keyToOpen: key }: { keyToOpen: KeyDto }) {
  const mayOpen = useCan("keys.write");
  return (
    <Card>
      <CardHeader title="This key was found in a destination" description={words[key.mode === "managed" ? "managed" : "passphrase"]} />
      <CardContent>{mayOpen ? <AdoptForm keyToOpen={key} /> : <AskButton permission="keys.write">Open this key</AskButton>}</CardContent>
    </Card>
  );
}

const words = {
  managed: "Its secret half lies in no destination. Bring the key file that an owner took away, and the backups under it open here again.",
  passphrase: "Its passphrase opens it. What stands inside the key file also says whose descriptions of backups are to be believed.",
};

interface Values {
  keyFile: string;
  passphrase: string;
  password: string;
}

function AdoptForm({ keyToOpen: key }: { keyToOpen: KeyDto }) {
  const form = useForm<Values>({ defaultValues: { keyFile: "", passphrase: "", password: "" } });
  const [problem, setProblem] = useState<Problem | null>(null);
  const adopt = useApiMutation<KeyDto>("POST", `/keys/${key.id}/adoption`);
  const isManaged = key.mode === "managed";
  const submit = async ({ keyFile, passphrase, password }: Values) => {
    setProblem(null);
    try {
      await adopt.mutateAsync({ password, ...(keyFile.trim() === "" ? {} : { keyFile }), ...(isManaged ? {} : { passphrase }) });
      toast.success("The key is open. Its backups can be used here.");
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <FormField
        form={form}
        name="keyFile"
        label={isManaged ? "Key file" : "Your own key file"}
        help={
          isManaged ? "Its text, or the line that begins with AGE-SECRET-KEY-1." : "Its text; only where the one that was found is damaged."
        }
        required={isManaged}
      >
        {(field) => <Textarea {...field} className="font-mono" spellCheck={false} autoComplete="off" />}
      </FormField>
      <ProofFields passphraseKey={isManaged ? null : key} />
      <ErrorPanel problem={problem} />
      <FormActions>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Open this key
        </Button>
      </FormActions>
    </Form>
  );
}
