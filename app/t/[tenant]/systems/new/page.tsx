import type { Metadata } from "next";
import { NewSystem } from "#components/systems/new-system.tsx";

export const metadata: Metadata = { title: "Connect a system" };

export default async function NewSystemPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { kind } = await searchParams;
  return <NewSystem kind={typeof kind === "string" ? kind : null} />;
}
