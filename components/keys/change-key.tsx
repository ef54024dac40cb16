"use client";

import Link from "next/link";
import { useState } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { type ChosenKey, KeyForm } from "#components/keys/key-form.tsx";
import { KeyHandedOut } from "#components/keys/key-handed-out.tsx";
import { useKeys } from "#components/keys/use-keys.ts";
import { useCan } from "#components/shared/can.tsx";
import { NotPermitted } from "#components/shared/not-permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

/** Another key from now on, with proof; earlier backups keep theirs. */
export function ChangeKey() {
  const path = useTenantPath();
  const mayChange = useCan("keys.write");
  const [chosen, setChosen] = useState<ChosenKey | null>(null);
  if (!mayChange) return <NotPermitted permission="keys.write" />;
  return (
    <div className="max-w-prose">
      <PageCrumb label="Change the passphrase" />
      <PageHeader
        title="Change the passphrase"
        purpose="It counts for every backup from now on. Backups made until now keep the passphrase of their own day."
      />
      {chosen === null ? (
        <>
          <OldBackupsStay />
          <KeyForm needsProof onChosen={setChosen}>
            <Button asChild>
              <Link href={path("/keys")}>Cancel</Link>
            </Button>
          </KeyForm>
        </>
      ) : (
        <div className="flex flex-col items-start gap-6">
          <Callout kind="success" role="status" title={doneTitles[chosen.mode]} className="w-full">
            The next backup is made with it. Keep the older passphrases as long as backups under them exist.
          </Callout>
          <KeyHandedOut chosen={chosen} />
          <Button asChild>
            <Link href={path("/keys")}>Back to the keys</Link>
          </Button>
        </div>
      )}
    </div>
  );
}

/** Two things are called changing the passphrase; this one leaves all that is old alone. */
function OldBackupsStay() {
  const path = useTenantPath();
  const { current } = useKeys();
  return (
    <Callout title="Old backups still open with the old passphrase" className="mb-6">
      This makes a new key for what comes, and touches nothing old.
      {current?.mode === "passphrase" && (
        <>
          {" "}
          To have the backups made until now open with another passphrase,{" "}
          <Link href={path(`/keys/${current.id}/passphrase`)} className="rounded-sm text-accent underline">
            change the passphrase of the existing key
          </Link>
          ; whoever copied its old file and knows the old passphrase can still open them.
        </>
      )}
    </Callout>
  );
}

const doneTitles = {
  passphrase: "The new passphrase is set",
  managed: "Holdfast manages the key from now on",
  off: "Backups are no longer encrypted",
};
