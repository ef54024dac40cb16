"use client";

import { PlainPage } from "#components/frame/plain-page.tsx";
import { Failure } from "#components/shared/failure.tsx";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <PlainPage
      title="This page could not be shown"
      purpose="Something failed on our side. Your backups and schedules are not touched by it."
    >
      <Failure digest={error.digest} onRetry={reset} />
    </PlainPage>
  );
}
