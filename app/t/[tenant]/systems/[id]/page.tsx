import type { Metadata } from "next";
import { SystemDetail } from "#components/systems/system-detail.tsx";

export const metadata: Metadata = { title: "System" };

export default async function SystemDetailPage({ params }: { params: Promise<{ id: string }> }) {
  return <SystemDetail id={(await params).id} />;
}
