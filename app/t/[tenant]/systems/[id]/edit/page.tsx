import type { Metadata } from "next";
import { EditSystem } from "#components/systems/edit-system.tsx";

export const metadata: Metadata = { title: "Edit system" };

export default async function EditSystemPage({ params }: { params: Promise<{ id: string }> }) {
  return <EditSystem id={(await params).id} />;
}
