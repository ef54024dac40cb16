import { CircleCheck, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "#components/ui/class-names.ts";
import { type Tone, toneSolid } from "#components/ui/tone.ts";

type CalloutKind = "info" | "warning" | "danger" | "success";

interface CalloutProps {
  kind?: CalloutKind;
  title?: ReactNode;
  children?: ReactNode;
  /** One button, at the right on wide screens; beside it, a link where the words are cut off. */
  action?: ReactNode;
  /** "alert" when it appears as the answer to something the person just did. */
  role?: "alert" | "status";
  /** Smaller, for what stands above every page; on a phone, of its words only the beginning. */
  compact?: boolean;
  className?: string;
}

/** A few sentences that must not be overlooked. */
export function Callout({ kind = "info", title, children, action, role, compact = false, className }: CalloutProps) {
  const { icon: Icon, tone, box, word } = kinds[kind];
  return (
    <div
      role={role}
      className={cn(
        "flex flex-col rounded-lg border sm:flex-row sm:items-start",
        compact ? "gap-2 px-3 py-2" : "gap-3 p-4",
        box,
        className,
      )}
    >
      <div className={cn("flex min-w-0 flex-1", compact ? "gap-2.5 text-sm" : "gap-3 text-base")}>
        <Icon aria-hidden className={cn("mt-0.5 shrink-0", compact ? "size-4" : "size-5", toneSolid[tone])} />
        <div className={cn("flex min-w-0 flex-col text-pretty [overflow-wrap:anywhere]", !compact && "gap-1")}>
          <span className="sr-only">{word}</span>
          {title !== undefined && <p className="font-semibold">{title}</p>}
          {children !== undefined && <div className={cn(compact && "max-sm:line-clamp-2")}>{children}</div>}
        </div>
      </div>
      {action !== undefined && (
        <div className={cn("flex shrink-0 sm:ps-0", compact ? "flex-wrap items-center gap-x-4 gap-y-1 ps-6.5" : "ps-8")}>{action}</div>
      )}
    </div>
  );
}

const kinds: Record<CalloutKind, { icon: typeof Info; tone: Tone; box: string; word: string }> = {
  info: { icon: Info, tone: "blue", box: "border-blue-line bg-blue-soft", word: "Note:" },
  warning: { icon: TriangleAlert, tone: "amber", box: "border-amber-line bg-amber-soft", word: "Warning:" },
  danger: { icon: OctagonAlert, tone: "red", box: "border-red-line bg-red-soft", word: "Danger:" },
  success: { icon: CircleCheck, tone: "green", box: "border-green-line bg-green-soft", word: "Done:" },
};
