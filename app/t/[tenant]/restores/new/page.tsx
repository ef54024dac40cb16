import type { Metadata } from "next";
import { NewRestore } from "#components/restores/new-restore.tsx";

export const metadata: Metadata = { title: "New restore" };

export default function NewRestorePage() {
  return <NewRestore />;
}
