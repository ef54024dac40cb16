"use client";

import { useEffect, useState } from "react";
import { useTenant } from "#components/shared/tenant-provider.tsx";
import { cn } from "#components/ui/class-names.ts";
import { type Tone, toneSolid } from "#components/ui/tone.ts";
import type { PassphraseJudgement } from "#lib/auth/passphrase-strength.ts";

interface StrengthMeterProps {
  passphrase: string;
  hint: string;
}

/** How strong a passphrase is, in words and four bars, as soon as typing pauses. */
export function StrengthMeter({ passphrase, hint }: StrengthMeterProps) {
  const judgement = useJudgement(passphrase, hint);
  const score = passphrase === "" ? 0 : (judgement?.score ?? 0);
  const level = levels[judgement?.ok === false ? Math.min(score, 3) : score];
  return (
    <div className="flex flex-col gap-2">
      <div aria-hidden className="flex gap-1">
        {[1, 2, 3, 4].map((bar) => (
          <span
            key={bar}
            className={cn("h-1.5 flex-1 rounded-full", bar <= score && level ? cn("bg-current", toneSolid[level.tone]) : "bg-grey-soft")}
          />
        ))}
      </div>
      {/* Two lines are kept free, so that nothing moves while typing. */}
      <p role="status" className="min-h-10 text-sm text-pretty text-muted">
        {passphrase === "" ? "Five or six unrelated words are easy to keep and hard to guess." : (judgement?.sentence ?? "Judging…")}
      </p>
    </div>
  );
}

const levels: Record<number, { tone: Tone } | undefined> = {
  1: { tone: "red" },
  2: { tone: "amber" },
  3: { tone: "amber" },
  4: { tone: "green" },
};

const PAUSE_MS = 200;

/** Null while the judge is still loading or typing goes on. */
function useJudgement(passphrase: string, hint: string): PassphraseJudgement | null {
  const { name, slug, email } = useTenant();
  const [judged, setJudged] = useState<{ of: string; judgement: PassphraseJudgement } | null>(null);
  useEffect(() => {
    if (passphrase === "") return;
    let isCurrent = true;
    const judge = async () => {
      const { judgePassphrase } = await import("#lib/auth/passphrase-strength.ts");
      const judgement = await judgePassphrase(passphrase, { hint, known: [name, slug, email] });
      if (isCurrent) setJudged({ of: passphrase, judgement });
    };
    const timer = setTimeout(() => void judge(), PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [passphrase, hint, name, slug, email]);
  return judged !== null && passphrase !== "" ? judged.judgement : null;
}
