"use client";

import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { type Problem, showFieldErrors } from "#components/shared/problem.ts";
import { Button } from "#components/ui/button.tsx";
import { Form, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { callJson } from "#lib/http/client.ts";

interface Invitation {
  email: string;
  role: string;
  tenantName: string;
  hasAccount: boolean;
}

/** Shows what the link is for, and joins. The link's secret stands behind "#" and is sent in the body only. */
export function AcceptInvitation() {
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    callJson<Invitation>("POST", "/api/invitation", { token: window.location.hash.slice(1) }).then(setInvitation, (error: unknown) =>
      setProblem(error as Problem),
    );
  }, []);
  if (problem) return <ErrorPanel problem={problem} />;
  return invitation ? <JoinForm invitation={invitation} /> : <Skeleton className="h-64" />;
}

function JoinForm({ invitation }: { invitation: Invitation }) {
  const defaultValues = { name: "", password: "" };
  const form = useForm({ defaultValues });
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async ({ name, password }: typeof defaultValues) => {
    setProblem(null);
    const input = { token: window.location.hash.slice(1), password, ...(invitation.hasAccount ? {} : { name }) };
    try {
      const { tenant } = await callJson<{ tenant: string }>("POST", "/api/invitation/acceptance", input);
      window.location.assign(`/t/${tenant}`);
    } catch (error) {
      const rest = showFieldErrors(form, error);
      setProblem({ ...(error as Problem), errors: rest });
    }
  };
  return (
    <Form form={form} onSubmit={submit}>
      <p className="text-base text-pretty">
        Join <strong>{invitation.tenantName}</strong> as {invitation.role}, with the address {invitation.email}.
      </p>
      {problem && <ErrorPanel problem={problem} />}
      {!invitation.hasAccount && (
        <FormField form={form} name="name" label="Your name" required>
          {(field) => <Input {...field} autoComplete="name" autoFocus />}
        </FormField>
      )}
      <FormField
        form={form}
        name="password"
        label="Password"
        help={invitation.hasAccount ? "The password of your account with this address." : "At least 12 characters."}
        required
      >
        {(field) => <PasswordInput {...field} autoComplete={invitation.hasAccount ? "current-password" : "new-password"} />}
      </FormField>
      <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
        Join {invitation.tenantName}
      </Button>
    </Form>
  );
}
