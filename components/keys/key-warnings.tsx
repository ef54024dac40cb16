"use client";

import Link from "next/link";
import { dueKeys, foundKeys, heldUpFiles, keyName, unprotectedKeys } from "#components/keys/key-words.ts";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** What is wrong with the tenant's keys, each with its one step; nothing while all is well. */
export function KeyWarnings({ keys }: { keys: readonly KeyDto[] }) {
  const path = useTenantPath();
  const [unprotected] = unprotectedKeys(keys);
  const [due] = dueKeys(keys);
  const found = foundKeys(keys);
  const heldUp = heldUpFiles(keys);
  return (
    <>
      {unprotected !== undefined && (
        <Callout
          kind="warning"
          title="Only this installation can open these backups"
          action={<KeyLink href={path(`/keys/${unprotected.id}`)}>Take the key away</KeyLink>}
        >
          Their key lies on this machine alone. Take its file away, set a passphrase, or add a recovery recipient; until then the backups
          are lost together with this machine.
        </Callout>
      )}
      {due !== undefined && (
        <Callout
          kind="warning"
          title="Prove that you can still open your backups"
          action={<KeyLink href={path(`/keys/${due.id}/prove`)}>Prove it now</KeyLink>}
        >
          {keyName(due)}: nobody has shown for 90 days that it opens. It takes a minute, and a passphrase that faded is better found out
          today.
        </Callout>
      )}
      {heldUp.map(({ destinationId, objectKey, destinationName, failure }) => (
        <Callout key={destinationId + objectKey} kind="warning" title={`“${destinationName}” holds a new passphrase up`}>
          {failure} It is tried again; until then the old and the new passphrase both open.
        </Callout>
      ))}
      {found[0] !== undefined && (
        <Callout
          title={found.length === 1 ? "A key was found and waits to be opened" : `${found.length} keys were found and wait to be opened`}
          action={<KeyLink href={path(`/keys/${found[0].id}`)}>Open the key</KeyLink>}
        >
          A destination holds backups under it. They can be used here once somebody opens it.
        </Callout>
      )}
    </>
  );
}

function KeyLink({ href, children }: { href: string; children: string }) {
  return (
    <Button asChild>
      <Link href={href}>{children}</Link>
    </Button>
  );
}
