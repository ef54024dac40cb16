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
      <Description term="Set">
        <AbsoluteTime value={key.createdAt} />
      </Description>
      {key.retiredAt !== null && (
        <Description term="Replaced">
          <AbsoluteTime value={key.retiredAt} />
        </Description>
      )}
      <Description term="Backups under it">{key.backupCount.toLocaleString("en-GB")}</Description>
      {key.recoveryRecipients.length > 0 && (
        <Description term="Recovery recipients">
          <ul className="flex flex-col gap-1">
            {key.recoveryRecipients.map((recipient) => (
              <li key={recipient}>
                <Mono value={recipient} what="recipient" shorten={{ head: 12, tail: 6 }} />
              </li>
            ))}
          </ul>
        </Description>
      )}
    </DescriptionList>
  );
}
