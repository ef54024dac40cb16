"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { useForm } from "react-hook-form";
import { type NewPassphraseValues, protectFormSchema } from "#components/keys/key-form-schema.ts";
import { PassphraseFields } from "#components/keys/passphrase-fields.tsx";
import { KeyTask } from "#components/keys/key-task.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { PassphraseField, ProofFields } from "#components/shared/proof-fields.tsx";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useTenant, useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Form, FormActions } from "#components/ui/form.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** Puts a key that exists, and so the backups under it, under a new passphrase. */
export function ProtectKey({ id }: { id: string }) {
  const purpose = "The backups under it stay as they are; their key file is written anew into every destination.";
  return (
    <KeyTask id={id} permission="keys.write" title="Change this key’s passphrase" purpose={purpose}>
      {(key) => <ProtectForm keyToProtect={key} />}
    </KeyTask>
  );
}

type Values = NewPassphraseValues & { password: string };

function ProtectForm({ keyToProtect: key }: { keyToProtect: KeyDto }) {
  const { name, slug, email } = useTenant();
  const path = useTenantPath();
  const router = useRouter();
  const schema = useMemo(() => protectFormSchema({ known: [name, slug, email] }), [name, slug, email]);
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues });
  const [problem, setProblem] = useState<Problem | null>(null);
  const protect = useApiMutation<KeyDto>("POST", `/keys/${key.id}/protection`);
  const submit = async ({ passphrase, newPassphrase, hint, password }: Values) => {
    setProblem(null);
    try {
      const trimmed = hint.trim();
      await protect.mutateAsync({ passphrase, newPassphrase, password, ...(trimmed === "" ? {} : { hint: trimmed }) });
      toast.success("The new passphrase is on its way into every destination. Until it is there, both open.");
      router.push(path(`/keys/${key.id}`));
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <Callout kind="warning" title="This does not lock out who has an old copy">
        Whoever copied the key file before and knows the old passphrase can still open the backups made until now. If somebody may, set a
        new passphrase for new backups too.
      </Callout>
      <Callout title="The key file that you put away keeps the old passphrase">
        When the new one is in place, download the key file again and print the recovery sheet anew.
      </Callout>
      <PassphraseField passphraseKey={key} />
      <PassphraseFields name="newPassphrase" label="New passphrase" />
      <ProofFields passphraseKey={null} />
      <ErrorPanel problem={problem} />
      <FormActions>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Change this key’s passphrase
        </Button>
        <Button asChild>
          <Link href={path(`/keys/${key.id}`)}>Cancel</Link>
        </Button>
      </FormActions>
    </Form>
  );
}

const defaultValues: Values = { passphrase: "", newPassphrase: "", repeated: "", hint: "", password: "" };
