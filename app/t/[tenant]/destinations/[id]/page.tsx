import type { Metadata } from "next";
import { DestinationDetail } from "#components/destinations/destination-detail.tsx";

export const metadata: Metadata = { title: "Destination" };

export default async function DestinationDetailPage({ params }: { params: Promise<{ id: string }> }) {
  return <DestinationDetail id={(await params).id} />;
}
