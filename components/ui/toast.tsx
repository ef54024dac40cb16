"use client";

import { CircleCheck, Info, LoaderCircle, OctagonAlert, TriangleAlert } from "lucide-react";
import { useTheme } from "next-themes";
import { Toaster as Sonner } from "sonner";

/** `toast.success("Backup started.")`, `toast.error(…)`: short news that need no answer. Errors also belong beside their cause. */
export { toast } from "sonner";

/** Once, in the root layout. */
export function Toaster() {
  const { resolvedTheme } = useTheme();
  return (
    <Sonner
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-right"
      closeButton
      duration={6000}
      icons={{
        success: <CircleCheck className="size-5 text-green" />,
        error: <OctagonAlert className="size-5 text-red" />,
        warning: <TriangleAlert className="size-5 text-amber" />,
        info: <Info className="size-5 text-blue" />,
        loading: <LoaderCircle className="size-5 text-blue motion-safe:animate-turn" />,
      }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-start gap-3 rounded-lg border border-border bg-raised p-4 pe-10 font-sans text-sm text-foreground shadow-raised",
          title: "font-medium",
          description: "text-muted",
          actionButton: "ms-auto shrink-0 rounded-md font-medium text-accent underline underline-offset-4",
          closeButton:
            "absolute! end-2! top-2! start-auto! flex! size-8! transform-none! items-center justify-center rounded-md! border-0! bg-transparent! text-muted! hover:text-foreground!",
        },
      }}
    />
  );
}
