"use client";

import { Sparkles } from "lucide-react";
import { useState } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import type { NewPassphraseValues } from "#components/keys/key-form-schema.ts";
import { StrengthMeter } from "#components/keys/strength-meter.tsx";
import { Button } from "#components/ui/button.tsx";
import { FormField } from "#components/ui/form.tsx";
import { Input } from "#components/ui/input.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";

interface PassphraseFieldsProps {
  /** The form's value that holds it. */
  name?: "passphrase" | "newPassphrase";
  label?: string;
}

/** A new passphrase, typed twice, with its strength and an optional hint. Form values `repeated` and `hint` beside its own. */
export function PassphraseFields({ name = "passphrase", label = "Passphrase" }: PassphraseFieldsProps) {
  const form = useFormContext<NewPassphraseValues>();
  const [passphrase, hint] = useWatch({ control: form.control, name: [name, "hint"] });
  return (
    <>
      <div className="flex flex-col gap-3">
        <FormField form={form} name={name} label={label} required>
          {(field) => <PasswordInput {...field} autoComplete="new-password" />}
        </FormField>
        <StrengthMeter passphrase={passphrase} hint={hint} />
        <Suggestion
          onTake={(words) => {
            form.setValue(name, words, { shouldDirty: true });
            form.clearErrors(name);
          }}
        />
      </div>
      <FormField
        form={form}
        name="repeated"
        label={`${label} again`}
        help="Typed once more, so that a slip does not lock your backups."
        required
      >
        {(field) => <PasswordInput {...field} autoComplete="new-password" />}
      </FormField>
      <FormField form={form} name="hint" label="Hint" help="Everyone who may see keys sees it. It must hold nothing of the passphrase.">
        {(field) => <Input {...field} autoComplete="off" placeholder="Where it is kept: safe, second drawer" />}
      </FormField>
    </>
  );
}

/** Generated words to write down; they are typed again below, which shows that they were. */
function Suggestion({ onTake }: { onTake: (words: string) => void }) {
  const [words, setWords] = useState<string | null>(null);
  const suggest = async () => {
    const { generatePassphrase } = await import("#lib/auth/passphrase-strength.ts");
    const generated = generatePassphrase();
    setWords(generated);
    onTake(generated);
  };
  return (
    <div className="flex flex-col items-start gap-3">
      <Button size="sm" onClick={() => void suggest()}>
        <Sparkles aria-hidden /> {words === null ? "Suggest one" : "Suggest another"}
      </Button>
      {words !== null && (
        <div role="status" className="w-full rounded-lg border border-border bg-sunken px-4 py-3 text-sm">
          <p className="pb-1 text-muted">Six random words. Keep them safe now, then type or paste them below.</p>
          <Mono value={words} what="passphrase" shorten={false} />
        </div>
      )}
    </div>
  );
}
