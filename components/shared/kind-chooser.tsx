import { ChevronRight } from "lucide-react";
import Link from "next/link";
import type { ConnectorDto } from "#lib/systems/schemas.ts";

interface KindChooserProps {
  connectors: readonly ConnectorDto[];
  hrefOf: (kind: string) => string;
  /** Why a kind cannot be chosen, by kind. */
  taken?: Readonly<Record<string, string>>;
}

/** The kinds that can be connected, each a link to its form. */
export function KindChooser({ connectors, hrefOf, taken = {} }: KindChooserProps) {
  return (
    <ul aria-label="Kinds" className="flex max-w-prose flex-col gap-3">
      {connectors.map(({ kind, label, description }) => (
        <li key={kind}>
          {taken[kind] === undefined ? (
            <Link
              href={hrefOf(kind)}
              className="flex items-center gap-4 rounded-lg border border-border bg-surface p-4 transition-colors duration-100 hover:border-input"
            >
              <Kind label={label} description={description} />
              <ChevronRight aria-hidden className="size-5 shrink-0 text-muted" />
            </Link>
          ) : (
            <div className="flex rounded-lg border border-dashed border-grey-line p-4 text-muted">
              <Kind label={label} description={taken[kind]} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function Kind({ label, description }: { label: string; description: string }) {
  return (
    <span className="flex min-w-0 flex-1 flex-col gap-0.5">
      <span className="text-base font-semibold">{label}</span>
      <span className="text-sm text-pretty text-muted">{description}</span>
    </span>
  );
}
