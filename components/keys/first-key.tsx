"use client";

import Link from "next/link";
import { useState } from "react";
import { FirstBackup, useFirstBackup } from "#components/backups/first-backup.tsx";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { type ChosenKey, KeyForm } from "#components/keys/key-form.tsx";
import { KeyHandedOut } from "#components/keys/key-handed-out.tsx";
import { useKeys } from "#components/keys/use-keys.ts";
import { useCan } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { NotPermitted } from "#components/shared/not-permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { StepsRail } from "#components/ui/steps-rail.tsx";

/** The first screen of a new tenant: choose a passphrase, put its file away, see the first backup proven. */
export function FirstKey() {
  const mayChoose = useCan("keys.write");
  const { query, isUnchosen } = useKeys();
  const [chosen, setChosen] = useState<ChosenKey | null>(null);
  const [isTaken, setTaken] = useState(false);
  const backup = useFirstBackup();
  if (!mayChoose) return <NotPermitted permission="keys.write" />;
  const onChosen = (key: ChosenKey) => {
    setChosen(key);
    void backup.start();
  };
  const current = chosen === null ? 0 : backup.isProven && (isTaken || chosen.keyFile === null) ? 3 : isTaken ? 2 : 1;
  return (
    <>
      <PageCrumb label="First passphrase" />
      <PageHeader title="First steps" purpose="Three steps to a backup that only you can open." />
      <div className="flex flex-col gap-8 lg:flex-row lg:gap-12">
        <StepsRail label="First steps" steps={["Choose a passphrase", "Put the key file away", "First backup"]} current={current} />
        <div className="w-full max-w-prose">
          <Loaded query={query} skeleton={<Skeleton className="h-[36rem]" />}>
            {() =>
              chosen !== null ? (
                <div className="flex flex-col gap-6">
                  <KeyHandedOut chosen={chosen} onTaken={() => setTaken(true)} />
                  <FirstBackup backup={backup} isEncrypted={chosen.mode !== "off"} />
                </div>
              ) : isUnchosen ? (
                <KeyForm needsProof={false} onChosen={onChosen} />
              ) : (
                <AlreadyChosen />
              )
            }
          </Loaded>
        </div>
      </div>
    </>
  );
}

function AlreadyChosen() {
  const path = useTenantPath();
  return (
    <Callout
      kind="success"
      title="This is done already"
      action={
        <Button asChild>
          <Link href={path("/keys")}>Go to the keys</Link>
        </Button>
      }
    >
      Somebody has chosen how backups are encrypted. It can be changed on the page “Keys”.
    </Callout>
  );
}
