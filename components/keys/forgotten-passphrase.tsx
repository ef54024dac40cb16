"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { keyName } from "#components/keys/key-words.ts";
import { useKeys } from "#components/keys/use-keys.ts";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PageHeader, Section } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** The truth about a forgotten passphrase: what is lost, what still works, and what to do today. */
export function ForgottenPassphrase({ keyId }: { keyId: string | null }) {
  const { query } = useKeys();
  return (
    <div className="max-w-prose">
      <PageCrumb label="I forgot the passphrase" />
      <PageHeader title="I forgot the passphrase" purpose="What is lost, what still works, and what to do now." />
      <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
        {(keys) => <Truth keys={keys} about={keys.find(({ id, mode }) => id === keyId && mode === "passphrase")} />}
      </Loaded>
    </div>
  );
}

function Truth({ keys, about }: { keys: readonly KeyDto[]; about: KeyDto | undefined }) {
  const meant = about ?? keys.find(({ mode, retiredAt }) => mode === "passphrase" && retiredAt === null);
  return (
    <>
      <Callout kind="danger" title="Nobody can recover it" className="mb-10">
        Holdfast never stores a passphrase. Neither its host, nor its makers, nor an owner of this tenant can open backups whose passphrase
        is lost, or set a new one without the old.
      </Callout>
      {meant !== undefined && <Hint meant={meant} />}
      <StillWorks meant={meant} keys={keys} />
      <Section title="What is lost while nobody remembers">
        <List>
          <li>Restoring, downloading and looking inside the backups made under that passphrase.</li>
          <li>Nothing of the running systems: they are as they were, and can be backed up anew.</li>
        </List>
      </Section>
      <Section title="What never to do">
        <List>
          <li>Do not delete the old backups or their key file. Somebody may remember, or find the note, next year.</li>
          <li>Do not try passphrases by the hundred here: after five wrong ones your account has to wait. Write down what you tried.</li>
          <li>Do not trust anybody who offers to open them for you.</li>
        </List>
      </Section>
      <NextSteps />
    </>
  );
}

function Hint({ meant }: { meant: KeyDto }) {
  return (
    <Section title="Which passphrase is meant">
      <p className="text-base text-pretty">
        {keyName(meant)}. {meant.hint === null ? "It has no hint." : `Its hint is “${meant.hint}”.`} Look in your password manager, in the
        safe, and on the recovery sheet; ask the others who may have set it. Upper and lower case and the keyboard layout count.
      </p>
    </Section>
  );
}

function StillWorks({ meant, keys }: { meant: KeyDto | undefined; keys: readonly KeyDto[] }) {
  const path = useTenantPath();
  const others = keys.filter((key) => key.id !== meant?.id && key.backupCount > 0);
  const recipients = meant?.recoveryRecipients ?? [];
  return (
    <Section title="What still works">
      <List>
        {recipients.length > 0 ? (
          <li>
            Whoever holds one of these recovery recipients opens every backup under the key without the passphrase, with age alone:
            {recipients.map((recipient) => (
              <Mono key={recipient} value={recipient} what="recipient" shorten={{ head: 12, tail: 6 }} className="flex" />
            ))}
          </li>
        ) : (
          <li>The key has no recovery recipients, so there is no other way into its backups.</li>
        )}
        {meant !== undefined && meant.protectionVersion > 1 && (
          <li>Its passphrase was changed once. Whoever kept an older key file opens it with the passphrase of before.</li>
        )}
        {others.length > 0 && (
          <li>
            Backups under other keys open with what belongs to those: {others.map((key) => keyName(key)).join("; ")}.{" "}
            <Link href={path("/keys")} className="rounded-sm text-accent underline">
              All keys
            </Link>
          </li>
        )}
        <li>Scheduled backups go on, to the key that nobody can open. Change that today.</li>
      </List>
    </Section>
  );
}

function NextSteps() {
  const path = useTenantPath();
  return (
    <Section title="What to do now">
      <ol className="flex list-decimal flex-col gap-2 ps-5 text-base text-pretty">
        <li>Set a new passphrase for the backups from now on. Put it where two people find it, and print the recovery sheet.</li>
        <li>Back every system up at once, so that there is a backup that you can open.</li>
        <li>Keep the old backups and their key file, and go on looking.</li>
      </ol>
      <div className="flex flex-wrap gap-3">
        <Can permission="keys.write" fallback={<AskButton permission="keys.write">Set a new passphrase</AskButton>}>
          <Button asChild variant="primary">
            <Link href={path("/keys/change")}>Set a new passphrase</Link>
          </Button>
        </Can>
        <Button asChild>
          <Link href={path("/systems")}>Back the systems up</Link>
        </Button>
      </div>
    </Section>
  );
}

function List({ children }: { children: ReactNode }) {
  return <ul className="flex list-disc flex-col gap-2 ps-5 text-base text-pretty">{children}</ul>;
}
