import type { Metadata } from "next";
import { BackupDetail } from "#components/backups/backup-detail.tsx";

export const metadata: Metadata = { title: "Backup" };

export default async function BackupPage({ params }: { params: Promise<{ id: string }> }) {
  return <BackupDetail id={(await params).id} />;
}
