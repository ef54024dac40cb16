import { cn } from "#components/ui/class-names.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";

interface MonoProps {
  value: string;
  /** What it is, for the copy button: "backup id". Without it there is no button. */
  what?: string;
  /** Characters kept at the start and the end; false shows everything. */
  shorten?: { head: number; tail: number } | false;
  className?: string;
}

/** An id, hash or path in monospace, shortened in the middle, whole on hover and for the clipboard. */
export function Mono({ value, what, shorten = { head: 8, tail: 4 }, className }: MonoProps) {
  const shown = shorten === false ? value : shortenMiddle(value, shorten.head, shorten.tail);
  return (
    <span className={cn("inline-flex max-w-full items-center gap-1", className)}>
      <code title={shown === value ? undefined : value} className="font-mono text-[0.9em] [overflow-wrap:anywhere]">
        {shown}
      </code>
      {what !== undefined && <CopyButton value={value} what={what} />}
    </span>
  );
}
