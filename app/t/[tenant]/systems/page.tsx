import type { Metadata } from "next";
import { SystemsScreen } from "#components/systems/systems-screen.tsx";

export const metadata: Metadata = { title: "Systems" };

export default function SystemsPage() {
  return <SystemsScreen />;
}
