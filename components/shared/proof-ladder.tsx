import { cn } from "#components/ui/class-names.ts";
import { formatDate } from "#components/ui/format-time.ts";

/** What has been proven of a backup, from the least to the most. */
export const proofSteps = ["stored", "intact", "decryptable", "valid", "rehearsed", "restored"] as const;
export type ProofStep = (typeof proofSteps)[number];

interface ProofLadderProps {
  /** The highest step reached; null before the first. */
  proven: ProofStep | null;
  /** When a step was last reached, RFC 3339. */
  dates?: Partial<Record<ProofStep, string>>;
  /** For table rows: marks only, with the word of the highest step. */
  compact?: boolean;
}

/** Six steps, the reached ones filled; the dates on hover and for screen readers. */
export function ProofLadder({ proven, dates = {}, compact = false }: ProofLadderProps) {
  const height = proven === null ? -1 : proofSteps.indexOf(proven);
  return (
    <div className={cn("inline-flex items-center gap-2.5 text-sm", !compact && "w-full")}>
      <ol aria-label="Proof" className={cn("flex", compact ? "gap-0.5" : "w-full gap-1.5 max-sm:flex-col")}>
        {proofSteps.map((step, index) => (
          <Step key={step} step={step} reached={index <= height} date={dates[step]} compact={compact} />
        ))}
      </ol>
      {compact && (
        <span aria-hidden className="whitespace-nowrap">
          {proven === null ? "Unproven" : capitalised(proven)}
        </span>
      )}
    </div>
  );
}

interface StepProps {
  step: ProofStep;
  reached: boolean;
  date: string | undefined;
  compact: boolean;
}

function Step({ step, reached, date, compact }: StepProps) {
  const when = date === undefined ? "" : ` on ${formatDate(new Date(date), "UTC")}`;
  const words = reached ? `${capitalised(step)}${when}: ${meanings[step]}` : `Not yet ${step}`;
  const bar = cn("block rounded-[2px] border", reached ? "border-green bg-green" : "border-input bg-transparent");
  if (compact) {
    return (
      <li title={words}>
        <span className={cn(bar, "h-3 w-2")} />
        <span className="sr-only">{words}</span>
      </li>
    );
  }
  return (
    <li title={words} className="flex flex-1 gap-2 max-sm:items-center sm:flex-col">
      <span className={cn(bar, "h-2 max-sm:w-6")} />
      <span aria-hidden className={reached ? "font-medium" : "text-muted"}>
        {capitalised(step)}
      </span>
      <span className="sr-only">{words}</span>
    </li>
  );
}

const meanings: Record<ProofStep, string> = {
  stored: "the destination has it.",
  intact: "it was fetched back and is unchanged.",
  decryptable: "it was decrypted.",
  valid: "every entry was checked, and it would restore.",
  rehearsed: "a restore was tried without touching anything.",
  restored: "it was restored.",
};

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
