import type { Metadata } from "next";
import Link from "next/link";
import { PlainPage } from "#components/frame/plain-page.tsx";
import { Button } from "#components/ui/button.tsx";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <PlainPage
      title="There is nothing at this address"
      purpose="It may have been deleted, it may belong to another tenant, or the address has a typing mistake. Look for it in the list it belongs to."
    >
      <Button asChild variant="primary" className="self-start">
        <Link href="/">Go to the overview</Link>
      </Button>
    </PlainPage>
  );
}
