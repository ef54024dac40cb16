import { modeWords } from "#components/keys/key-words.ts";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** What is known of a key; nothing of it is secret. */
export function KeyFacts({ keyToShow: key }: { keyToShow: KeyDto }) {
  return (
    <DescriptionList>
      <Description term="Encryption">{modeWords[key.mode]}</Description>
      {key.mode !== "off" && (
        <Description term="Fingerprint">
          <Mono value={key.fingerprint} what="fingerprint" shorten={false} />
        </Description>
      )}
      {key.mode === "passphrase" && <Description term="Hint">{key.hint ?? <span className="text-muted">None</span>}</Description>}
      <Description term="Made">
        <AbsoluteTime value={key.createdAt} />
      </Description>
      {key.passphraseSetAt !== key.createdAt && (
        <Description term="Passphrase changed">
          <AbsoluteTime value={key.passphraseSetAt} />
        </Description>
      )}
      {key.retiredAt !== null && (
        <Description term="Replaced">
          <AbsoluteTime value={key.retiredAt} />
        </Description>
      )}
      <Description term="Backups under it">{key.backupCount.toLocaleString("en-GB")}</Description>
      <Outlives keyToShow={key} />
      <RecoveryRecipients recipients={key.recoveryRecipients} />
    </DescriptionList>
  );
}

/** Whether somebody can open it apart from here, and when that was last shown. */
function Outlives({ keyToShow: key }: { keyToShow: KeyDto }) {
  if (key.mode === "off") return null;
  return (
    <>
      {key.mode === "managed" && (
        <Description term="Taken away">
          {key.identityTakenAt === null ? "Not yet: only this installation has it" : <AbsoluteTime value={key.identityTakenAt} />}
        </Description>
      )}
      <Description term="Last proven to open">
        {key.provenAt === null ? "Never" : <AbsoluteTime value={key.provenAt} />}
        {key.isProofOverdue && <span className="font-medium text-amber-text">: overdue</span>}
      </Description>
    </>
  );
}

/** Inside a DescriptionList: who else opens the backups under a key; nothing where nobody does. */
export function RecoveryRecipients({ recipients }: { recipients: readonly string[] }) {
  if (recipients.length === 0) return null;
  return (
    <Description term="Recovery recipients">
      <ul className="flex flex-col gap-1">
        {recipients.map((recipient) => (
          <li key={recipient}>
            <Mono value={recipient} what="recipient" shorten={{ head: 12, tail: 6 }} />
          </li>
        ))}
      </ul>
    </Description>
  );
}
