import type { Metadata } from "next";
import { PolicyDetail } from "#components/policies/policy-detail.tsx";

export const metadata: Metadata = { title: "Policy" };

export default async function PolicyDetailPage({ params }: { params: Promise<{ id: string }> }) {
  return <PolicyDetail id={(await params).id} />;
}
