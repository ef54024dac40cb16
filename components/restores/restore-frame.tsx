import type { ReactNode } from "react";
import { restoreSteps } from "#components/restores/restore-words.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { StepsRail } from "#components/ui/steps-rail.tsx";

interface RestoreFrameProps {
  title: ReactNode;
  purpose: ReactNode;
  /** Index of the present step. */
  step: number;
  aside?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** The restore wizard: its five steps at the side, the present one in the middle, on every page of a restore. */
export function RestoreFrame({ title, purpose, step, aside, action, children }: RestoreFrameProps) {
  return (
    <>
      <PageHeader title={title} purpose={purpose} aside={aside} action={action} />
      <div className="flex flex-col gap-8 lg:flex-row lg:gap-12">
        <StepsRail label="Restore" steps={restoreSteps} current={step} />
        <div className="flex w-full max-w-3xl min-w-0 flex-col gap-6">{children}</div>
      </div>
    </>
  );
}
