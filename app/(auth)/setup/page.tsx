import type { Metadata } from "next";
import { PlainPage } from "#components/frame/plain-page.tsx";
import { SetUpForm } from "#components/members/set-up-form.tsx";
import { ThemeSwitch } from "#components/shared/theme-switch.tsx";

export const metadata: Metadata = { title: "Set up" };

export default function SetUpPage() {
  return (
    <PlainPage title="Set up Holdfast" purpose="Make the first owner and tenant. This link works once." corner={<ThemeSwitch />}>
      <SetUpForm />
    </PlainPage>
  );
}
