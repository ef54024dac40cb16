import type { Metadata } from "next";
import { FirstKey } from "#components/keys/first-key.tsx";

export const metadata: Metadata = { title: "First steps" };

export default function FirstKeyPage() {
  return <FirstKey />;
}
