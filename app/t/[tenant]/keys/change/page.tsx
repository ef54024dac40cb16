import type { Metadata } from "next";
import { ChangeKey } from "#components/keys/change-key.tsx";

export const metadata: Metadata = { title: "Change the passphrase" };

export default function ChangeKeyPage() {
  return <ChangeKey />;
}
