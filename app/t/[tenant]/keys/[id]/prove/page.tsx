import type { Metadata } from "next";
import { ProveKey } from "#components/keys/prove-key.tsx";

export const metadata: Metadata = { title: "Prove that a key opens" };

export default async function ProveKeyPage({ params }: { params: Promise<{ id: string }> }) {
  return <ProveKey id={(await params).id} />;
}
