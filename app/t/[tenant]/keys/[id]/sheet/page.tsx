import type { Metadata } from "next";
import { RecoverySheet } from "#components/keys/recovery-sheet.tsx";

export const metadata: Metadata = { title: "Recovery sheet" };

export default async function RecoverySheetPage({ params }: { params: Promise<{ id: string }> }) {
  return <RecoverySheet id={(await params).id} />;
}
