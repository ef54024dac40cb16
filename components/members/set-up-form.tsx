"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { type Problem, showFieldErrors } from "#components/shared/problem.ts";
import { Button } from "#components/ui/button.tsx";
import { Form, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";
import { callJson } from "#lib/http/client.ts";
import { setUpInput } from "#lib/members/schemas.ts";

const fields = setUpInput.omit({ token: true });

/** Makes the first owner. The link's secret stands behind "#" and is sent in the body only. */
export function SetUpForm() {
  const defaultValues = { tenantName: "", name: "", email: "", password: "" };
  const form = useForm({ defaultValues, resolver: zodResolver(fields) });
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (values: typeof defaultValues) => {
    setProblem(null);
    try {
      const { tenant } = await callJson<{ tenant: string }>("POST", "/api/setup", { ...values, token: window.location.hash.slice(1) });
      window.location.assign(`/t/${tenant}/keys/first`);
    } catch (error) {
      const rest = showFieldErrors(form, error);
      setProblem({ ...(error as Problem), errors: rest });
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      {problem && <ErrorPanel problem={problem} />}
      <FormField form={form} name="tenantName" label="Organization or team" help="The first tenant; you can rename it later." required>
        {(field) => <Input {...field} autoComplete="organization" autoFocus />}
      </FormField>
      <FormField form={form} name="name" label="Your name" required>
        {(field) => <Input {...field} autoComplete="name" />}
      </FormField>
      <FormField form={form} name="email" label="E-mail address" required>
        {(field) => <Input {...field} type="email" autoComplete="username" />}
      </FormField>
      <FormField
        form={form}
        name="password"
        label="Password"
        help="At least 12 characters. You sign in with it, and type it again before a restore."
        required
      >
        {(field) => <PasswordInput {...field} autoComplete="new-password" />}
      </FormField>
      <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
        Create owner and tenant
      </Button>
    </Form>
  );
}
