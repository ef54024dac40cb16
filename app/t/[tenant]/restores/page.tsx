import type { Metadata } from "next";
import { RestoresScreen } from "#components/restores/restores-screen.tsx";

export const metadata: Metadata = { title: "Restores" };

export default function RestoresPage() {
  return <RestoresScreen />;
}
