import type { Metadata } from "next";
import { EditConnection } from "#components/shared/edit-connection.tsx";

export const metadata: Metadata = { title: "Edit destination" };

export default async function EditDestinationPage({ params }: { params: Promise<{ id: string }> }) {
  return <EditConnection noun="destination" id={(await params).id} />;
}
