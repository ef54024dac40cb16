import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { differences } from "#components/restores/plan-difference.ts";
import { byPart, changeWords, countWords } from "#components/restores/restore-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { RestoreDto } from "#lib/restores/schemas.ts";

type Plan = NonNullable<RestoreDto["plan"]>;
type Change = Plan["changes"][number];

/** What a restore would do, part by part: counts first, then each change with its old and new side by side. */
export function RestorePlan({ plan }: { plan: Plan }) {
  return (
    <div className="flex flex-col gap-4">
      {plan.changes.length === 0 && (
        <Callout kind="success" title="Nothing would change">
          The system is as it was when this backup was made.
        </Callout>
      )}
      {byPart(plan.changes).map(([part, changes]) => (
        <Part key={part} part={part} changes={changes} />
      ))}
      {plan.warnings.length > 0 && (
        <Callout kind="warning" title="Look at this first">
          <Sentences sentences={plan.warnings} />
        </Callout>
      )}
      {plan.notInBackup.length > 0 && (
        <Callout title="Not in this backup">
          <Sentences sentences={plan.notInBackup} />
        </Callout>
      )}
    </div>
  );
}

/** Several sentences as a list, one as itself. */
export function Sentences({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 1) return <p className="first-letter:uppercase">{sentences[0]}</p>;
  return (
    <ul className="list-disc ps-5">
      {sentences.map((sentence) => (
        <li key={sentence} className="first-letter:uppercase">
          {sentence}
        </li>
      ))}
    </ul>
  );
}

const FIRST = 100;

function Part({ part, changes }: { part: string; changes: Change[] }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? changes : changes.slice(0, FIRST);
  return (
    <details className="group/part overflow-hidden rounded-lg border border-border bg-surface" open={changes.length <= 10}>
      <summary className="flex min-h-12 list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 hover:bg-sunken">
        <ChevronRight aria-hidden className="size-4 shrink-0 text-muted transition-transform group-open/part:rotate-90" />
        <span className="text-base font-semibold">{part}</span>
        <span className="ms-auto text-sm text-muted tabular-nums">{countWords(changes)}</span>
      </summary>
      <ul className="divide-y divide-border border-t border-border">
        {shown.map((change, index) => (
          <li key={`${index} ${change.subject}`}>
            <ChangeLine change={change} />
          </li>
        ))}
      </ul>
      {shown.length < changes.length && (
        <div className="border-t border-border p-3">
          <Button size="sm" onClick={() => setWhole(true)}>
            Show all {changes.length.toLocaleString("en-GB")}
          </Button>
        </div>
      )}
    </details>
  );
}

const tones: Record<Change["action"], Tone> = { add: "green", change: "blue", remove: "red" };

function ChangeLine({ change }: { change: Change }) {
  const rows = differences(change.before, change.after).filter(({ before, after }) => before !== null || after !== null);
  const line = (
    <>
      <Badge tone={tones[change.action]}>{changeWords[change.action]}</Badge>
      <span className="min-w-0 [overflow-wrap:anywhere]">{change.subject}</span>
    </>
  );
  if (rows.length === 0) return <div className="flex min-h-11 items-center gap-3 px-4 py-2 ps-11 text-sm">{line}</div>;
  return (
    <details className="group/line text-sm">
      <summary className="flex min-h-11 list-none items-center gap-3 px-4 py-2 hover:bg-sunken">
        <ChevronRight aria-hidden className="size-4 shrink-0 text-muted transition-transform group-open/line:rotate-90" />
        {line}
      </summary>
      <div className="overflow-x-auto px-4 pb-4 sm:ps-11">
        <SideBySide rows={rows} subject={change.subject} />
      </div>
    </details>
  );
}

function SideBySide({ rows, subject }: { rows: ReturnType<typeof differences>; subject: string }) {
  return (
    <table aria-label={`Old and new of ${subject}`} className="w-full table-fixed border-collapse text-start">
      <thead>
        <tr className="text-muted">
          {rows.some(({ field }) => field !== null) && (
            <th scope="col" className="w-1/4 py-1 pe-3 text-start font-medium">
              <span className="sr-only">Field</span>
            </th>
          )}
          <th scope="col" className="py-1 pe-3 text-start font-medium">
            Now
          </th>
          <th scope="col" className="py-1 text-start font-medium">
            After the restore
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ field, before, after }) => (
          <tr key={field ?? ""} className="border-t border-border align-top">
            {field !== null && (
              <th scope="row" className="py-1.5 pe-3 text-start font-normal [overflow-wrap:anywhere] text-muted">
                {field}
              </th>
            )}
            <Side text={before} className="pe-3" />
            <Side text={after} className="font-medium" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Side({ text, className }: { text: string | null; className: string }) {
  return (
    <td className={`py-1.5 font-mono text-[0.9em] [overflow-wrap:anywhere] whitespace-pre-wrap ${className}`}>
      {text ?? <span className="font-sans text-muted">nothing</span>}
    </td>
  );
}
