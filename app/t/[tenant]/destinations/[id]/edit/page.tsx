import type { Metadata } from "next";
import { EditDestination } from "#components/destinations/edit-destination.tsx";

export const metadata: Metadata = { title: "Edit destination" };

export default async function EditDestinationPage({ params }: { params: Promise<{ id: string }> }) {
  return <EditDestination id={(await params).id} />;
}
