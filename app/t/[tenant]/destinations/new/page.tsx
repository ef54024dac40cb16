import type { Metadata } from "next";
import { NewDestination } from "#components/destinations/new-destination.tsx";

export const metadata: Metadata = { title: "Connect a destination" };

export default async function NewDestinationPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { kind } = await searchParams;
  return <NewDestination kind={typeof kind === "string" ? kind : null} />;
}
