import { CircleCheck, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "#components/ui/class-names.ts";
import { type Tone, toneSolid } from "#components/ui/tone.ts";

type CalloutKind = "info" | "warning" | "danger" | "success";

interface CalloutProps {
  kind?: CalloutKind;
  title?: ReactNode;
  children?: ReactNode;
  /** One button, at the right on wide screens. */
  action?: ReactNode;
  /** "alert" when it appears as the answer to something the person just did. */
  role?: "alert" | "status";
  className?: string;
}

/** A few sentences that must not be overlooked. */
export function Callout({ kind = "info", title, children, action, role, className }: CalloutProps) {
  const { icon: Icon, tone, box, word } = kinds[kind];
  return (
    <div role={role} className={cn("flex flex-col gap-3 rounded-lg border p-4 sm:flex-row sm:items-start", box, className)}>
      <div className="flex min-w-0 flex-1 gap-3">
        <Icon aria-hidden className={cn("mt-0.5 size-5 shrink-0", toneSolid[tone])} />
        <div className="flex min-w-0 flex-col gap-1 text-base text-pretty [overflow-wrap:anywhere]">
          <span className="sr-only">{word}</span>
          {title !== undefined && <p className="font-semibold">{title}</p>}
          {children !== undefined && <div>{children}</div>}
        </div>
      </div>
      {action !== undefined && <div className="flex shrink-0 ps-8 sm:ps-0">{action}</div>}
    </div>
  );
}

const kinds: Record<CalloutKind, { icon: typeof Info; tone: Tone; box: string; word: string }> = {
  info: { icon: Info, tone: "blue", box: "border-blue-line bg-blue-soft", word: "Note:" },
  warning: { icon: TriangleAlert, tone: "amber", box: "border-amber-line bg-amber-soft", word: "Warning:" },
  danger: { icon: OctagonAlert, tone: "red", box: "border-red-line bg-red-soft", word: "Danger:" },
  success: { icon: CircleCheck, tone: "green", box: "border-green-line bg-green-soft", word: "Done:" },
};
