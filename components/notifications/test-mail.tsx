"use client";

import { useState } from "react";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { TestMail } from "#lib/mail/schemas.ts";

/** Sends a mail to the person at the screen and says what the mail server answered. */
export function TestMailButton() {
  const sending = useApiMutation<TestMail, undefined>("POST", "/notifications/mail/test");
  const [problem, setProblem] = useState<unknown>(null);
  const send = async () => {
    setProblem(null);
    await sending.mutateAsync(undefined).catch(setProblem);
  };
  const result = sending.data;
  return (
    <>
      <Button pending={sending.isPending} onClick={() => void send()}>
        Send a test mail
      </Button>
      <div className="w-full empty:hidden" aria-live="polite">
        <ErrorPanel problem={problem} title="No test mail was sent." />
        {problem === null && result !== undefined && (
          <Callout
            kind={result.accepted ? "success" : "danger"}
            title={result.accepted ? "The test mail is on its way" : "The test mail was not accepted"}
          >
            {result.message} {result.accepted && "Look into your letter box, and into its spam."}
          </Callout>
        )}
      </div>
    </>
  );
}
