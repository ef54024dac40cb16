"use client";

import { Download } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { keyFileName } from "#components/keys/key-words.ts";
import { KeyTask } from "#components/keys/key-task.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { PassphraseField } from "#components/shared/proof-fields.tsx";
import { saveTextFile } from "#components/shared/save-text-file.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation, useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { RadioCard, RadioGroup } from "#components/ui/radio-group.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { KeyDto, KeyFile } from "#lib/keys/schemas.ts";

/** Shows that a key still opens, before the day on which it has to. */
export function ProveKey({ id }: { id: string }) {
  const purpose = "Every 90 days, so that a forgotten passphrase or a lost file is found out while it can be mended.";
  return (
    <KeyTask id={id} permission="backups.download" title="Prove that it opens" purpose={purpose}>
      {(key) => <ProofForm keyToProve={key} />}
    </KeyTask>
  );
}

interface Values {
  way: "passphrase" | "answer";
  passphrase: string;
  answer: string;
}

function ProofForm({ keyToProve: key }: { keyToProve: KeyDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const first = key.mode === "passphrase" ? "passphrase" : "answer";
  const form = useForm<Values>({ defaultValues: { way: first, passphrase: "", answer: "" } });
  const [problem, setProblem] = useState<Problem | null>(null);
  const prove = useApiMutation<KeyDto>("POST", `/keys/${key.id}/proof`);
  const way = useWatch({ control: form.control, name: "way" });
  const submit = async ({ passphrase, answer }: Values) => {
    setProblem(null);
    try {
      await prove.mutateAsync(way === "passphrase" ? { passphrase } : { answer });
      toast.success("It opens. The next proof is due in 90 days.");
      router.push(path(`/keys/${key.id}`));
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      {key.mode === "passphrase" && (
        <FormField form={form} name="way" label="How" group required>
          {({ value, onChange }) => (
            <RadioGroup value={value} onValueChange={onChange}>
              <RadioCard
                value="passphrase"
                label="Type the passphrase here"
                description="It opens the key in memory, and is forgotten at once."
              />
              <RadioCard
                value="answer"
                label="Open a small file on your own machine"
                description="The passphrase never reaches Holdfast. This also shows that your key file and age work."
              />
            </RadioGroup>
          )}
        </FormField>
      )}
      {way === "passphrase" ? <PassphraseField passphraseKey={key} /> : <Challenge keyToProve={key} />}
      {way === "answer" && (
        <FormField form={form} name="answer" label="What the file says" help="Six words with hyphens between them." required>
          {(field) => <Input {...field} autoComplete="off" spellCheck={false} />}
        </FormField>
      )}
      <ErrorPanel problem={problem} />
      <FormActions>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Prove that it opens
        </Button>
        <Button asChild>
          <Link href={path(`/keys/${key.id}`)}>Cancel</Link>
        </Button>
      </FormActions>
    </Form>
  );
}

/** The file to open, and the line that opens it. */
function Challenge({ keyToProve: key }: { keyToProve: KeyDto }) {
  const challenge = useApiQuery<KeyFile>(`/keys/${key.id}/challenge`);
  return (
    <Loaded query={challenge} skeleton={<Skeleton className="h-32" />}>
      {(file) => {
        const line = `age -d -i ${keyFileName(key) ?? ""} ${file.fileName}`;
        return (
          <div className="flex flex-col items-start gap-3 text-sm">
            <Button onClick={() => saveTextFile(file)}>
              <Download aria-hidden /> Download the small file
            </Button>
            <p className="text-muted">In the folder with it and your key file, run this line. It says six words.</p>
            <div className="flex w-full items-start gap-2 rounded-lg border border-border bg-sunken py-1.5 ps-4 pe-1.5">
              <code className="min-w-0 flex-1 py-1 font-mono text-sm [overflow-wrap:anywhere]">{line}</code>
              <CopyButton value={line} what="line" />
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}
