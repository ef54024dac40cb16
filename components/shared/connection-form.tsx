"use client";

import Link from "next/link";
import { ConnectorForm } from "#components/shared/connector-form.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { ObservedValues } from "#components/shared/observed-values.tsx";
import { SetUpText } from "#components/shared/set-up-text.tsx";
import { type ConnectionOptions, useConnection } from "#components/shared/use-connection.ts";
import { ValidationSteps } from "#components/shared/validation-steps.tsx";
import { Button } from "#components/ui/button.tsx";
import { Form, FormActions, FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";

/** Connects a system or destination, or changes its connection. Saving needs a Validate that passed; any edit needs it again. */
export function ConnectionForm({ cancelHref, ...options }: ConnectionOptions & { cancelHref: string }) {
  const { noun, connector, stored } = options;
  const { form, config, trial, saving, problem, maySave, validate, validateNow, save, lookAgain } = useConnection(options);
  return (
    <Form form={form} onSubmit={maySave ? save : validate}>
      <FormField form={form} name="name" label="Name" help={`What you call this ${noun} in lists and reports.`} required>
        {(field) => <Input {...field} autoComplete="off" />}
      </FormField>
      <ConnectorForm fields={connector.fields} storedSecrets={stored?.storedSecrets ?? []} />
      {noun === "destination" && <SetUpText kind={connector.kind} fields={connector.fields} config={config} />}
      <ValidationSteps result={trial.result} pending={trial.pending} />
      {!trial.pending && (
        <ObservedValues
          fields={connector.fields}
          config={config}
          stored={stored?.config ?? {}}
          seen={trial.result?.observed ?? {}}
          failed={trial.result?.ok === false}
          onLookAgain={lookAgain}
        />
      )}
      <ErrorPanel problem={problem} />
      <FormActions>
        {/* Enter does what comes next: Validate, then Save. */}
        <Button
          type={maySave ? "button" : "submit"}
          variant={maySave ? "secondary" : "primary"}
          pending={trial.pending}
          {...(maySave ? { onClick: validateNow } : {})}
        >
          Validate
        </Button>
        <Button
          type={maySave ? "submit" : "button"}
          variant={maySave ? "primary" : "secondary"}
          disabled={!maySave || trial.pending}
          pending={saving.isPending}
        >
          Save {noun}
        </Button>
        <Button asChild variant="ghost">
          <Link href={cancelHref}>Cancel</Link>
        </Button>
      </FormActions>
      <p role="status" className="min-h-5 text-sm text-muted">
        {maySave || trial.pending
          ? ""
          : trial.isOldFor(config)
            ? "Edited since: validate again to save."
            : "Saving needs a Validate that passed."}
      </p>
    </Form>
  );
}
