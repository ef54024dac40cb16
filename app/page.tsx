import { redirect } from "next/navigation";
import { pageSession } from "#lib/http/page-context.ts";
import { PlainPage } from "#components/frame/plain-page.tsx";

export const dynamic = "force-dynamic";

/** The front door: to the first tenant of whoever is signed in. */
export default async function FrontPage() {
  const session = await pageSession();
  if (!session) redirect("/sign-in");
  const [first] = session.memberships;
  if (first) redirect(`/t/${first.tenant.slug}`);
  return <PlainPage title="You belong to no tenant" purpose="Ask an admin or an owner for an invitation link, then open it here." />;
}
