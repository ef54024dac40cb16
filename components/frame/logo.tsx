import { cn } from "#components/ui/class-names.ts";

/** The mark: a cleat that holds a line fast. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className={cn("size-7 shrink-0", className)}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M6.5 12c3 1.1 6.1 1.6 9.5 1.6s6.5-.5 9.5-1.6M12.5 13.6V19M19.5 13.6V19M8.5 22h15M12.5 19v3M19.5 19v3"
        fill="none"
        className="stroke-on-accent"
        strokeWidth="2.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** The mark with the name. */
export function Logo({ className }: { className?: string }) {
  return (
    <span className={cn("inline-flex items-center gap-2.5 text-lg font-semibold tracking-[-0.015em]", className)}>
      <LogoMark />
      Holdfast
    </span>
  );
}
