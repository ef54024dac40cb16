"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import type { Explained } from "#components/frame/notice-link.tsx";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { RecoveryLine } from "#components/keys/recovery-line.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { PageHeader, Section } from "#components/ui/page-header.tsx";

/** Where things are, how to get everything back without Holdfast, and the keyboard. */
export function HelpScreen() {
  return (
    <div className="max-w-prose">
      <PageCrumb label="Help" />
      <PageHeader title="Help" purpose="Where things are, how to get everything back without Holdfast, and the keyboard." />
      <Section title="What is where">
        <Facts facts={places.map(({ label, href, words }) => [<Place key={href} href={href} label={label} />, words])} />
      </Section>
      <Section
        title="Getting everything back without Holdfast"
        purpose="Three tools of any Linux distribution are enough: age, zstd and tar. Put the archive and the protected key file into an empty folder, then type this there. age asks for the passphrase."
      >
        <RecoveryLine keyOfBackup={{ id: "key", mode: "passphrase" }} archiveName="x.tar.zst.age" />
        <p className="text-base text-pretty">
          What was captured then lies in <code className="font-mono text-[0.9em]">entries/</code>. The protected key file was handed out
          when the passphrase was set; it also lies in every destination, in <code className="font-mono text-[0.9em]">keys/</code>, and
          under <InlineLink href="/keys">Keys</InlineLink>. Nobody can open a backup without the passphrase, and nobody can look it up: keep
          it where you find it when everything else is gone.
        </p>
      </Section>
      <Section title="What proof means">
        <Facts facts={proofs} />
      </Section>
      <Section title="What the notices mean" purpose="They stand above every page for as long as what they say is so.">
        <Facts
          facts={notices.map(({ about, title, words }) => [
            <span key={about} id={about} className="scroll-mt-24">
              {title}
            </span>,
            words,
          ])}
        />
      </Section>
      <Section title="Keyboard">
        <Facts facts={keys} />
      </Section>
    </div>
  );
}

function Facts({ facts }: { facts: readonly (readonly [ReactNode, ReactNode])[] }) {
  return (
    <Card>
      <CardContent>
        <DescriptionList>
          {facts.map(([term, words], index) => (
            <Description key={index} term={term}>
              {words}
            </Description>
          ))}
        </DescriptionList>
      </CardContent>
    </Card>
  );
}

function Place({ href, label }: { href: string; label: string }) {
  return <InlineLink href={href}>{label}</InlineLink>;
}

function InlineLink({ href, children }: { href: string; children: ReactNode }) {
  const path = useTenantPath();
  return (
    <Link href={path(href)} className="rounded-sm font-medium text-accent hover:underline">
      {children}
    </Link>
  );
}

const places = [
  { href: "", label: "Overview", words: "Whether everything is backed up, and what needs you." },
  { href: "/systems", label: "Systems", words: "What is backed up. Connect one, back it up now, see its newest backups." },
  { href: "/backups", label: "Backups", words: "Every backup, how far it is proven, where its copies lie; download one." },
  { href: "/restores", label: "Restores", words: "Give a backup back: first a plan in words, then proof, then the work and its report." },
  { href: "/runs", label: "Runs", words: "Every attempt to back something up; why one failed and what to do." },
  { href: "/policies", label: "Policies", words: "When systems are backed up, where to, and how long backups stay." },
  {
    href: "/destinations",
    label: "Destinations",
    words: "The folders and buckets that keep backups. Have one that is not on this machine.",
  },
  { href: "/keys", label: "Keys", words: "The passphrase that protects the backups, and the protected key file." },
  { href: "/members", label: "Members", words: "Who belongs here, in which role; invite somebody." },
  { href: "/audit", label: "Audit", words: "Everything that was done, by whom and from where." },
  { href: "/settings", label: "Settings", words: "The tenant’s name, and what each role may do." },
];

const proofs = [
  ["Stored", "The destination has taken it."],
  ["Intact", "Fetched back, it is byte for byte what was sent."],
  ["Decryptable", "It opens, with the key whose passphrase was proven."],
  ["Valid", "Every entry is there and right, and the system’s own check finds it restorable."],
  ["Rehearsed", "It was restored somewhere for practice."],
  ["Restored", "It was restored for real."],
] as const;

const notices: { about: Explained; title: string; words: string }[] = [
  {
    about: "workers",
    title: "Backups are not being made, or do not begin in time",
    words:
      "No worker looks for due runs, or none begins them. See that one runs: npm start runs one beside the web pages, HOLDFAST_ROLE=worker one on a machine of its own. Its log says why it ended. A worker whose clock differs from the database’s takes no work until both are set by a time server. Once a worker is back, it makes up for the latest run that each policy missed.",
  },
  {
    about: "clock",
    title: "The clock is in doubt",
    words:
      "Backups go on. What is deleted for its age stays, because by a wrong time too much would go. Where two clocks differ, set both by a time server, and it ends by itself. Where the time has jumped, only a person can tell whether it is right: the only tenant’s owner confirms it in the notice, and among several tenants the operator of the installation, by npm run cli -- clock confirm.",
  },
  {
    about: "channels",
    title: "Nobody will be told when a backup fails",
    words:
      "Mail needs a mail server, which the operator sets by SMTP_URL, and a member who has failed backups mailed to them. Or a webhook that is told of failed runs and whose receiver answers. One of both is enough, and both is better: each tells when the other fails.",
  },
];

const keys = [
  [
    <span key="search" className="flex gap-1">
      <Kbd>Ctrl</Kbd> <Kbd>K</Kbd>
    </span>,
    "Search and commands, on every page (⌘ K on a Mac).",
  ],
  [<Kbd key="tab">Tab</Kbd>, "To the next control; the first one on each page skips to the content."],
  [<Kbd key="enter">Enter</Kbd>, "In a form: what comes next, such as Validate and then Save."],
  [<Kbd key="escape">Esc</Kbd>, "Closes a dialog, a menu or the search."],
  [
    <span key="arrows" className="flex gap-1">
      <Kbd>←</Kbd> <Kbd>→</Kbd>
    </span>,
    "Along the days of a strip, with Home and End; along tabs and choices.",
  ],
] as const;
