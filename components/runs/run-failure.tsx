import type { ReactNode } from "react";
import { failedStepWords } from "#components/runs/run-words.ts";
import { Callout } from "#components/ui/callout.tsx";
import type { RunDto } from "#lib/runs/schemas.ts";

/** At which step a run failed, what happened, and what to do about it. Nothing for a run without a failure. */
export function RunFailure({ run, action }: { run: Pick<RunDto, "failure" | "status">; action?: ReactNode }) {
  const { failure, status } = run;
  if (failure === null) return null;
  const isOver = status === "failed" || status === "missed";
  return (
    <Callout kind={isOver ? "danger" : "warning"} title={titleOf(status, failure.step)} action={action}>
      <p>{failure.message}</p>
      {failure.mend !== "" && <p className="pt-1 font-medium">{failure.mend}</p>}
    </Callout>
  );
}

function titleOf(status: RunDto["status"], step: string): string {
  if (status === "missed") return "This run did not happen";
  if (status === "partial") return "Some of it did not work";
  if (status === "failed") return `This run failed ${failedStepWords(step)}`;
  return `The last attempt failed ${failedStepWords(step)}`;
}
