import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { PlainPage } from "#components/frame/plain-page.tsx";
import { SignInForm } from "#components/members/sign-in-form.tsx";
import { ThemeSwitch } from "#components/shared/theme-switch.tsx";
import { localPath } from "#lib/http/local-path.ts";
import { pageSession } from "#lib/http/page-context.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { callbackUrl } = await searchParams;
  const next = localPath(typeof callbackUrl === "string" ? callbackUrl : "/");
  if (await pageSession()) redirect(next);
  return (
    <PlainPage title="Sign in" purpose="Your configuration, kept safe and proven to restore." corner={<ThemeSwitch />}>
      <SignInForm next={next} />
    </PlainPage>
  );
}
