"use client";

import { Button } from "#components/ui/button.tsx";
import { Mono } from "#components/ui/mono.tsx";

/** What to do after a page failed: try again, and the reference under which the log has the cause. */
export function Failure({ digest, onRetry }: { digest: string | undefined; onRetry: () => void }) {
  return (
    <div className="flex flex-col items-start gap-6">
      <Button variant="primary" onClick={onRetry}>
        Try again
      </Button>
      {digest !== undefined && (
        <p className="text-sm text-muted">
          If it fails again, look in the log of the web process for the reference <Mono value={digest} what="reference" shorten={false} />
        </p>
      )}
    </div>
  );
}
