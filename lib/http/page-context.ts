import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { sessionOf } from "#lib/auth/session.ts";
import type { LiveSession } from "#lib/auth/sessions.ts";

/** The live session behind a page's request, or null. */
export async function pageSession(): Promise<LiveSession | null> {
  return sessionOf((await headers()).get("cookie"));
}

/** The session and the membership that a tenant's page needs. Goes to the sign-in page, or to "not found", without. */
export async function pageMembership(
  tenantSlug: string,
): Promise<{ session: LiveSession; membership: LiveSession["memberships"][number] }> {
  const session = await pageSession();
  if (!session) redirect(`/sign-in?callbackUrl=${encodeURIComponent(`/t/${tenantSlug}`)}`);
  const membership = session.memberships.find(({ tenant }) => tenant.slug === tenantSlug);
  if (!membership) notFound();
  return { session, membership };
}
