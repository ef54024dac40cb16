"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { SystemChoice } from "#components/backups/system-choice.tsx";
import { AskButton, useCan } from "#components/shared/can.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { useWholeList } from "#components/shared/use-whole-list.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions, DialogClose, DialogContent, DialogTrigger } from "#components/ui/dialog.tsx";
import { Form } from "#components/ui/form.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** The button that starts a backup by hand, and asks of which system. Leads to the run. */
export function BackUpNow({ primary = true }: { primary?: boolean }) {
  const mayStart = useCan("runs.start");
  const [open, setOpen] = useState(false);
  const systems = useWholeList<SystemDto>("/systems");
  if (!mayStart) return <AskButton permission="runs.start">Back up now</AskButton>;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button variant={primary ? "primary" : "secondary"}>Back up now</Button>
      </DialogTrigger>
      <DialogContent
        title="Back up now"
        description="It goes to the destinations of the system’s policies. A backup made by hand stays until someone deletes it."
      >
        <Loaded query={systems} skeleton={<Skeleton className="h-32" />}>
          {(items) => <BackUpForm systems={items} />}
        </Loaded>
      </DialogContent>
    </Dialog>
  );
}

function BackUpForm({ systems }: { systems: readonly SystemDto[] }) {
  const router = useRouter();
  const path = useTenantPath();
  const form = useForm({ defaultValues: { systemId: systems[0]?.id ?? "" } });
  const started = useApiMutation<RunDto, { systemId: string }>("POST", "/backups");
  if (systems.length === 0) return <p className="text-base text-muted">Connect a system first; there is nothing to back up yet.</p>;
  return (
    <Form
      form={form}
      className="gap-4"
      onSubmit={async (values) => {
        await started.mutateAsync(values).then(
          (run) => router.push(path(`/runs/${run.id}`)),
          // Shown below, from the mutation's own state.
          () => undefined,
        );
      }}
    >
      <SystemChoice systems={systems} />
      <ErrorPanel problem={started.error} title="The backup was not started" />
      <DialogActions>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={form.formState.isSubmitting}>
          Back up now
        </Button>
      </DialogActions>
    </Form>
  );
}
