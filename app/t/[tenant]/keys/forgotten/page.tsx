import type { Metadata } from "next";
import { ForgottenPassphrase } from "#components/keys/forgotten-passphrase.tsx";

export const metadata: Metadata = { title: "I forgot the passphrase" };

export default async function ForgottenPassphrasePage({ searchParams }: { searchParams: Promise<{ key?: string | string[] }> }) {
  const { key } = await searchParams;
  return <ForgottenPassphrase keyId={typeof key === "string" ? key : null} />;
}
