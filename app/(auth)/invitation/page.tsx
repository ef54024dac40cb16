import type { Metadata } from "next";
import { PlainPage } from "#components/frame/plain-page.tsx";
import { AcceptInvitation } from "#components/members/accept-invitation.tsx";
import { ThemeSwitch } from "#components/shared/theme-switch.tsx";

export const metadata: Metadata = { title: "Invitation" };

export default function InvitationPage() {
  return (
    <PlainPage title="Invitation" corner={<ThemeSwitch />}>
      <AcceptInvitation />
    </PlainPage>
  );
}
