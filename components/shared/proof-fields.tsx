"use client";

import { useFormContext } from "react-hook-form";
import { formatDate } from "#components/ui/format-time.ts";
import { FormField } from "#components/ui/form.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";

/** What the passphrase field says about its key. */
export interface PassphraseKey {
  fingerprint: string;
  /** When the passphrase was set, RFC 3339. */
  createdAt: string;
  hint: string | null;
}

interface ProofFieldsProps {
  /** Ask for this key's passphrase too; null where none is needed. */
  passphraseKey: PassphraseKey | null;
}

/** Proof that it is really this person: the login password again and, where needed, the passphrase. Form values `password` and `passphrase`. */
export function ProofFields({ passphraseKey }: ProofFieldsProps) {
  const form = useFormContext();
  return (
    <>
      {passphraseKey !== null && <PassphraseField passphraseKey={passphraseKey} />}
      <FormField
        form={form}
        name="password"
        label="Your login password"
        help="Asked again because this cannot be done by mistake."
        required
      >
        {(field) => <PasswordInput {...field} value={asText(field.value)} autoComplete="current-password" />}
      </FormField>
    </>
  );
}

/** The passphrase of one key, named so that one knows which. Form value `passphrase`. */
export function PassphraseField({ passphraseKey }: { passphraseKey: PassphraseKey }) {
  const form = useFormContext();
  return (
    <FormField form={form} name="passphrase" label="Passphrase" help={describeKey(passphraseKey)} required>
      {(field) => <PasswordInput {...field} value={asText(field.value)} autoComplete="off" />}
    </FormField>
  );
}

function describeKey({ fingerprint, createdAt, hint }: PassphraseKey): string {
  const key = `Passphrase set on ${formatDate(new Date(createdAt), "UTC")}, key ${shortenMiddle(fingerprint, 4, 2)}`;
  return hint === null || hint === "" ? `${key}.` : `${key}, hint “${hint}”.`;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
