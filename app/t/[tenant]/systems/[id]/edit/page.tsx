import type { Metadata } from "next";
import { EditConnection } from "#components/shared/edit-connection.tsx";

export const metadata: Metadata = { title: "Edit system" };

export default async function EditSystemPage({ params }: { params: Promise<{ id: string }> }) {
  return <EditConnection noun="system" id={(await params).id} />;
}
