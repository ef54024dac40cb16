"use client";

import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Form, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";

interface Values {
  email: string;
  password: string;
}

/** Signs in through next-auth's credentials address. */
export function SignInForm({ next }: { next: string }) {
  const form = useForm<Values>({ defaultValues: { email: "", password: "" } });
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (values: Values) => {
    setProblem(null);
    const refusal = await signIn(values);
    if (refusal) setProblem(refusal);
    else window.location.assign(next);
  };
  return (
    <Form form={form} onSubmit={submit}>
      {problem !== null && <Callout kind="danger">{problem}</Callout>}
      <FormField form={form} name="email" label="E-mail address" required>
        {(field) => <Input {...field} type="email" autoComplete="username" autoFocus />}
      </FormField>
      <FormField form={form} name="password" label="Password" required>
        {(field) => <PasswordInput {...field} autoComplete="current-password" />}
      </FormField>
      <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
        Sign in
      </Button>
    </Form>
  );
}

/** Null when signed in, else the sentence to show. */
async function signIn({ email, password }: Values): Promise<string | null> {
  const { csrfToken } = (await (await fetch("/api/auth/csrf")).json()) as { csrfToken: string };
  const body = new URLSearchParams({ csrfToken, email, password, json: "true" });
  const response = await fetch("/api/auth/callback/credentials", { method: "POST", body });
  if (response.ok) return null;
  const { url } = (await response.json()) as { url?: string };
  return sentenceOf(new URL(url ?? "/", window.location.origin).searchParams.get("error") ?? "");
}

function sentenceOf(error: string): string {
  const seconds = /^too-many-requests:(\d+)$/.exec(error)?.[1];
  if (seconds) return `Too many wrong passwords for this account. Try again in ${seconds} seconds.`;
  if (error === "internal") return "Something went wrong on our side. Try again, and tell your operator if it stays.";
  return "This e-mail address and password do not belong together. Check both, then try again.";
}
