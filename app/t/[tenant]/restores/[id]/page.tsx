import type { Metadata } from "next";
import { RestoreDetail } from "#components/restores/restore-detail.tsx";

export const metadata: Metadata = { title: "Restore" };

export default async function RestorePage({ params }: { params: Promise<{ id: string }> }) {
  return <RestoreDetail id={(await params).id} />;
}
