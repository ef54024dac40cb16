import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { FieldDescription } from "#lib/connectors/fields.ts";

interface ObservedValuesProps {
  fields: readonly FieldDescription[];
  config: Record<string, unknown>;
  /** What is pinned already; empty for something new. */
  stored: Record<string, unknown>;
  /** What the last Validate saw and nobody has confirmed yet. */
  seen: Record<string, string>;
  /** The last Validate failed. */
  failed: boolean;
  /** Forgets what was pinned and validates again. */
  onLookAgain: () => void;
}

/** What Validate saw and the person confirms by saving, or by validating again with it; after a failure, the way to see it anew. */
export function ObservedValues({ fields, config, stored, seen, failed, onLookAgain }: ObservedValuesProps) {
  const pinned = fields.filter((field) => field.observed && typeof config[field.name] === "string");
  return pinned.map(({ name, label }) =>
    failed && seen[name] === undefined ? (
      <LookAgain key={name} what={label.toLowerCase()} onLookAgain={onLookAgain} />
    ) : config[name] === stored[name] ? null : (
      <Seen
        key={name}
        what={label.toLowerCase()}
        value={String(config[name])}
        next={failed ? "validate again with it" : "save to pin it"}
      />
    ),
  );
}

function Seen({ what, value, next }: { what: string; value: string; next: string }) {
  return (
    <Callout kind="warning" title={`Compare the ${what} with the server’s`}>
      <p>Validate saw this one. Look it up on the server’s own console, not over this connection. When both are the same, {next}.</p>
      <code className="mt-2 block rounded-md border border-amber-line bg-surface px-3 py-2 font-mono text-sm [overflow-wrap:anywhere] select-all">
        {value}
      </code>
    </Callout>
  );
}

function LookAgain({ what, onLookAgain }: { what: string; onLookAgain: () => void }) {
  return (
    <Callout title={`Should the ${what} be another one?`}>
      <p>If you changed the address, or know that the server was reinstalled, let Validate see its present one and compare it again.</p>
      <Button className="mt-3" onClick={onLookAgain}>
        Forget the {what}, validate again
      </Button>
    </Callout>
  );
}
