"use client";

import "@fontsource-variable/hanken-grotesk/wght.css";
import "./globals.css";
import { PlainPage } from "#components/frame/plain-page.tsx";
import { Failure } from "#components/shared/failure.tsx";

/** Stands in for the root layout when that one fails, so it brings its own document. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Holdfast</title>
        <PlainPage
          title="Holdfast could not be shown"
          purpose="Something failed on our side. Your backups and schedules are not touched by it."
        >
          <Failure digest={error.digest} onRetry={reset} />
        </PlainPage>
      </body>
    </html>
  );
}
