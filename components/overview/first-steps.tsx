"use client";

import Link from "next/link";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";

/** What a new tenant does first; it leads the overview until somebody has chosen how backups are encrypted. */
export function FirstSteps() {
  const path = useTenantPath();
  return (
    <section aria-labelledby="first-steps" className="rounded-lg border border-accent bg-accent-soft p-6 sm:p-8">
      <h2 id="first-steps" className="text-lg font-semibold tracking-[-0.01em]">
        Choose a passphrase, and take the first backup
      </h2>
      <p className="max-w-prose pt-2 text-base text-pretty">
        Every backup is encrypted with it before it leaves this machine. Holdfast never stores it, so not even its host can read your
        backups. It takes two minutes, and ends with a backup that is proven to restore.
      </p>
      <div className="pt-5">
        <Button asChild variant="primary" size="lg">
          <Link href={path("/keys/first")}>Choose a passphrase</Link>
        </Button>
      </div>
    </section>
  );
}
