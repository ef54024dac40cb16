"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { WebhookTypes } from "#components/notifications/webhook-types.tsx";
import { failureTypes } from "#components/notifications/webhook-words.ts";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import type { Problem } from "#components/shared/problem.ts";
import { problemAfter } from "#components/shared/submit-problem.ts";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { createWebhookInput, type UpdatedWebhookDto, type WebhookDto } from "#lib/webhooks/schemas.ts";

interface WebhookFormProps {
  /** The one that is edited; null for a new one. */
  stored: WebhookDto | null;
  cancelHref: string;
  /** With the secret when there is one to be shown. */
  onSaved: (saved: UpdatedWebhookDto) => void;
}

const { name, url } = createWebhookInput.shape;
/** Which events there are is the server's business: the boxes offer no others. */
const newInput = z.object({ name, url, types: z.array(z.string()).min(1, "Choose at least one event.") });
/** An address that stays is not typed again: nobody can read it. */
const editInput = newInput.extend({ url: z.union([z.literal(""), url]) });

/** Name, address and events of a webhook. */
export function WebhookForm({ stored, cancelHref, onSaved }: WebhookFormProps) {
  const defaultValues: { name: string; url: string; types: string[] } = {
    name: stored?.name ?? "",
    url: "",
    types: [...(stored?.types ?? failureTypes)],
  };
  const form = useForm({ defaultValues, resolver: zodResolver(stored ? editInput : newInput) });
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = useApiMutation<UpdatedWebhookDto>(stored ? "PATCH" : "POST", stored ? `/webhooks/${stored.id}` : "/webhooks");
  const submit = async ({ name, url, types }: typeof defaultValues) => {
    setProblem(null);
    try {
      onSaved(await save.mutateAsync({ name, types, ...(url === "" ? {} : { url }) }));
    } catch (error) {
      setProblem(problemAfter(form, error));
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <FormField form={form} name="name" label="Name" required>
        {(field) => <Input {...field} autoComplete="off" placeholder="Pager" />}
      </FormField>
      <FormField form={form} name="url" label={stored ? "New address" : "Address"} help={addressHelp(stored)} required={stored === null}>
        {(field) => (
          <Input
            {...field}
            type="url"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://hooks.example.com/holdfast"
          />
        )}
      </FormField>
      <FormField
        form={form}
        name="types"
        label="Events"
        help="Each is told once it is written down, and tried again for a day."
        required
        group
      >
        {({ value, onChange }) => <WebhookTypes value={value} onChange={onChange} />}
      </FormField>
      <ErrorPanel problem={problem} title="The webhook was not saved." />
      <FormActions>
        <Button type="submit" variant="primary" pending={save.isPending}>
          {stored ? "Save webhook" : "Add webhook"}
        </Button>
        <Button asChild>
          <Link href={cancelHref}>Cancel</Link>
        </Button>
      </FormActions>
    </Form>
  );
}

function addressHelp(stored: WebhookDto | null): string {
  if (stored === null) return "Where events are posted to. It is kept encrypted; only its beginning is shown afterwards.";
  return `Leave it empty to keep the present one at ${stored.origin}. Another host, port or scheme gets a new secret.`;
}
