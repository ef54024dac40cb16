import type { Metadata } from "next";
import { SettingsScreen } from "#components/settings/settings-screen.tsx";
import { PRODUCT_VERSION } from "#lib/installation.ts";

export const metadata: Metadata = { title: "Settings" };

export default function SettingsPage() {
  return <SettingsScreen productVersion={PRODUCT_VERSION} />;
}
