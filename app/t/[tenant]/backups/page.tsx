import type { Metadata } from "next";
import { BackupsScreen } from "#components/backups/backups-screen.tsx";

export const metadata: Metadata = { title: "Backups" };

export default function BackupsPage() {
  return <BackupsScreen />;
}
