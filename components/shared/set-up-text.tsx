"use client";

import { useEffect, useState } from "react";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiAnswer } from "#components/shared/use-api.ts";
import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { FieldDescription } from "#lib/connectors/fields.ts";
import type { SetUpDto } from "#lib/destinations/schemas.ts";

/** How long nobody types before the server is asked. */
const PAUSE_MS = 300;

interface SetUpTextProps {
  kind: string;
  fields: readonly FieldDescription[];
  /** As it is being typed; secrets stay here. */
  config: Record<string, unknown>;
}

/** Beneath a destination's form: what to know before trusting it, and what to set up on the other side, with the names that are being typed. */
export function SetUpText({ kind, fields, config }: SetUpTextProps) {
  const secrets = new Set(fields.filter((field) => field.secret).map(({ name }) => name));
  const open = Object.fromEntries(Object.entries(config).filter(([name]) => !secrets.has(name)));
  const question = useSettled(JSON.stringify({ kind, config: open }));
  const answer = useApiAnswer<SetUpDto>("/destinations/set-up", JSON.parse(question) as Record<string, unknown>);
  if (answer.error) return <ErrorPanel problem={answer.error} title="What has to be set up there cannot be shown." />;
  return (
    <>
      <Warnings sentences={answer.data?.warnings ?? []} />
      {answer.data?.texts.map(({ title, help, text }) => (
        <section key={title} className="flex min-w-0 flex-col gap-2">
          <div className="flex flex-wrap items-end justify-between gap-3">
            <div className="flex min-w-0 flex-col gap-1">
              <h2 className="text-sm font-medium">{title}</h2>
              <p className="text-sm text-pretty text-muted">{help}</p>
            </div>
            <CopyButton value={text} what="text" withText />
          </div>
          <pre
            role="group"
            aria-label={title}
            // Scrolled by keyboard, which only what can be reached allows.
            tabIndex={0}
            className="max-h-72 overflow-auto rounded-lg border border-border bg-sunken p-4 font-mono text-xs [font-variant-ligatures:none]"
          >
            {text}
          </pre>
        </section>
      ))}
    </>
  );
}

/** What a person should read before trusting a destination. */
export function Warnings({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <Callout kind="warning">
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </Callout>
  );
}

/** The value, once it has not changed for a while. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
