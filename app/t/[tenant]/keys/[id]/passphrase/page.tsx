import type { Metadata } from "next";
import { ProtectKey } from "#components/keys/protect-key.tsx";

export const metadata: Metadata = { title: "Change a key’s passphrase" };

export default async function ProtectKeyPage({ params }: { params: Promise<{ id: string }> }) {
  return <ProtectKey id={(await params).id} />;
}
