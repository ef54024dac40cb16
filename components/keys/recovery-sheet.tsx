"use client";

import { Printer } from "lucide-react";
import type { ReactNode } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { keyFileName, keyName, modeWords, recoveryLine } from "#components/keys/key-words.ts";
import "#components/keys/recovery-sheet.css";
import { Loaded } from "#components/shared/loaded.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { formatDate } from "#components/ui/format-time.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { RecoverySheet as Sheet } from "#lib/keys/schemas.ts";

/** One page of paper for the day on which this installation is gone. */
export function RecoverySheet({ id }: { id: string }) {
  const path = useTenantPath();
  const query = useApiQuery<Sheet>(`/keys/${id}/sheet`);
  return (
    <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
      {(sheet) => (
        <>
          <PageCrumb label="Recovery sheet" parent={{ label: keyName(sheet.key), href: path(`/keys/${id}`) }} />
          <div className="not-on-paper">
            <PageHeader
              title="Recovery sheet"
              purpose="Print it, fill in by hand where the passphrase is kept, and put it where it is found when this machine is gone. It holds no secret."
              action={
                <Button variant="primary" onClick={() => window.print()}>
                  <Printer aria-hidden /> Print
                </Button>
              }
            />
          </div>
          <Paper sheet={sheet} />
        </>
      )}
    </Loaded>
  );
}

function Paper({ sheet }: { sheet: Sheet }) {
  const { key, tenantName, signingPublicKey, places } = sheet;
  return (
    <article aria-label="Recovery sheet" className="recovery-sheet">
      <h2>How to open the backups of {tenantName}</h2>
      <p>
        Printed on {formatDate(new Date(), "UTC")}. Needed: the archive{key.mode === "off" ? "" : ", the key file"}
        {key.mode === "passphrase" ? ", the passphrase" : ""}; {key.mode === "off" ? "" : "age, "}zstd and tar from any distribution.
      </p>
      <dl>
        <Fact term="Encryption">{modeWords[key.mode]}</Fact>
        <Fact term="Key made on">{formatDate(new Date(key.createdAt), "UTC")}</Fact>
        {key.mode !== "off" && <Fact term="Fingerprint">{key.fingerprint}</Fact>}
        {key.mode === "passphrase" && (
          <>
            <Fact term="Passphrase set on">{formatDate(new Date(key.passphraseSetAt), "UTC")}</Fact>
            <Fact term="Hint">{key.hint ?? "none"}</Fact>
          </>
        )}
        {key.recoveryRecipients.map((recipient) => (
          <Fact key={recipient} term="Opens it too">
            {recipient}
          </Fact>
        ))}
        {signingPublicKey !== null && <Fact term="Signing key">{signingPublicKey}</Fact>}
      </dl>
      <Handwriting mode={key.mode} />
      <h3>Where everything lies</h3>
      {places.map((place) => (
        <Place key={place.destinationId} place={place} />
      ))}
      <h3>The one line</h3>
      <p>
        In an empty folder with the archive (the newest file that ends in {key.mode === "off" ? ".tar.zst" : ".tar.zst.age"}; the .json
        beside it says of what and when){keyFileName(key) === null ? "" : ` and the key file, named ${keyFileName(key)} here`}:
      </p>
      <pre>{recoveryLine(key, key.mode === "off" ? "ARCHIVE.tar.zst" : "ARCHIVE.tar.zst.age")}</pre>
      <p>What was captured is then below entries/. Never delete the archives or the key file: somebody may still open them.</p>
    </article>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Never the passphrase itself: only where it is. */
function Handwriting({ mode }: { mode: Sheet["key"]["mode"] }) {
  if (mode === "off") return null;
  return (
    <div className="handwriting">
      <p>
        {mode === "passphrase" ? "The passphrase is kept at" : "The key file that was taken away is kept at"}: <span />
      </p>
      <p>
        Who knows of it: <span />
      </p>
    </div>
  );
}

function Place({ place: { name, kindLabel, place, archivesBelow, keyFileObject } }: { place: Sheet["places"][number] }) {
  return (
    <dl>
      <Fact term={`${name}: ${kindLabel}`}>{place.map(({ label, value }) => `${label} ${value}`).join(", ")}</Fact>
      <Fact term="Archives below">{archivesBelow}</Fact>
      {keyFileObject !== null && <Fact term="Key file">{keyFileObject}</Fact>}
    </dl>
  );
}
