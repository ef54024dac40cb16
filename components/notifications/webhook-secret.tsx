"use client";

import { CopyButton } from "#components/ui/copy-button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

/** A signing secret, this once, and what the receiver does with it. */
export function WebhookSecret({ secret }: { secret: string }) {
  return (
    <div className="flex w-full max-w-prose min-w-0 flex-col gap-4">
      <Field
        label="Signing secret"
        optionalHint={false}
        help="Shown this once. Give it to the receiver; a lost one is replaced by a new one."
      >
        <Input readOnly value={secret} className="font-mono" onFocus={(event) => event.target.select()} />
      </Field>
      <div>
        <CopyButton value={secret} what="secret" withText />
      </div>
      <div className="flex flex-col gap-2 text-sm text-muted">
        <p>
          The receiver verifies each call with a library of Standard Webhooks, of which there is one for most languages. With Node, from the
          package <code className="font-mono">standardwebhooks</code>:
        </p>
        <pre className="overflow-x-auto rounded-lg border border-border bg-sunken p-4 font-mono text-foreground" tabIndex={0}>
          {verifying}
        </pre>
        <p>
          <code className="font-mono">body</code> is the text as it came, before it is parsed. Calls may come twice:{" "}
          <code className="font-mono">webhook-id</code> is the same then.
        </p>
      </div>
    </div>
  );
}

const verifying = `import { Webhook } from "standardwebhooks";

const event = new Webhook(secret).verify(body, headers);`;
