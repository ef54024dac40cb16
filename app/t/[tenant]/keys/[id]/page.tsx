import type { Metadata } from "next";
import { KeyDetail } from "#components/keys/key-detail.tsx";

export const metadata: Metadata = { title: "Key" };

export default async function KeyPage({ params }: { params: Promise<{ id: string }> }) {
  return <KeyDetail id={(await params).id} />;
}
