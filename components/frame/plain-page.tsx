import type { ReactNode } from "react";
import { Logo } from "#components/frame/logo.tsx";

interface PlainPageProps {
  title: ReactNode;
  /** One or two sentences under the title. */
  purpose?: ReactNode;
  /** At the top right: the theme switch. */
  corner?: ReactNode;
  children?: ReactNode;
}

/** A page without the frame: sign-in, set-up, invitation, errors. One column in the middle. */
export function PlainPage({ title, purpose, corner, children }: PlainPageProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <div className="flex h-16 items-center justify-between px-6">
        <Logo />
        {corner}
      </div>
      <main className="mx-auto flex w-full max-w-md flex-1 flex-col gap-8 px-6 pt-[8dvh] pb-16">
        <div className="flex flex-col gap-2">
          <h1 className="text-xl font-semibold tracking-[-0.015em]">{title}</h1>
          {purpose !== undefined && <div className="text-base text-pretty text-muted">{purpose}</div>}
        </div>
        {children}
      </main>
    </div>
  );
}
