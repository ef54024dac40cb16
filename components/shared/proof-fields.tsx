"use client";

import Link from "next/link";
import { useFormContext } from "react-hook-form";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { formatDate } from "#components/ui/format-time.ts";
import { FormField } from "#components/ui/form.tsx";
import { PasswordInput } from "#components/ui/password-input.tsx";
import { shortenMiddle } from "#components/ui/shorten-middle.ts";

/** What the passphrase field says about its key. */
export interface PassphraseKey {
  /** For the way to what still works without the passphrase. */
  id?: string;
  fingerprint: string;
  /** When the passphrase was set, RFC 3339. */
  createdAt: string;
  /** Where that was later than the key was made. */
  passphraseSetAt?: string;
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
  const path = useTenantPath();
  const forgotten = path(`/keys/forgotten${passphraseKey.id === undefined ? "" : `?key=${passphraseKey.id}`}`);
  const help = (
    <>
      {describeKey(passphraseKey)}{" "}
      <Link href={forgotten} className="rounded-sm text-accent underline">
        Forgot it?
      </Link>
    </>
  );
  return (
    <FormField form={form} name="passphrase" label="Passphrase" help={help} required>
      {(field) => <PasswordInput {...field} value={asText(field.value)} autoComplete="off" />}
    </FormField>
  );
}

function describeKey({ fingerprint, createdAt, passphraseSetAt, hint }: PassphraseKey): string {
  const key = `Passphrase set on ${formatDate(new Date(passphraseSetAt ?? createdAt), "UTC")}, key ${shortenMiddle(fingerprint, 4, 2)}`;
  return hint === null || hint === "" ? `${key}.` : `${key}, hint “${hint}”.`;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
