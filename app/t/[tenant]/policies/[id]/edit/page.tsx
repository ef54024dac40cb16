import type { Metadata } from "next";
import { EditPolicy } from "#components/policies/edit-policy.tsx";

export const metadata: Metadata = { title: "Edit policy" };

export default async function EditPolicyPage({ params }: { params: Promise<{ id: string }> }) {
  return <EditPolicy id={(await params).id} />;
}
