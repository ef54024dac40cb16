/** Why a cryptographic operation refused; stable, for mapping to messages and status codes. */
export type CryptoErrorCode =
  /** Not a recipient of the form age1… that this product encrypts to. */
  | "invalid-recipient"
  /** Not an identity of the form AGE-SECRET-KEY-1…. */
  | "invalid-identity"
  /** The header is not one of the age v1 format, or is longer than allowed. */
  | "header"
  /** The header parses, but was changed after it was written. */
  | "header-mac"
  /** The header is well formed but names other recipients, or differs from the one that was written. */
  | "header-mismatch"
  /** No stanza of the header is for this identity. */
  | "no-match"
  /** A public point of low order: the shared secret would be known to everyone. */
  | "low-order-point"
  /** The payload was changed, cut short or continued. */
  | "payload"
  /** The passphrase does not open the key file. */
  | "wrong-passphrase"
  /** The passphrase is right or was not tried, but the key file is not whole. */
  | "damaged-key-file"
  /** The key file asks for more scrypt work than is allowed. */
  | "work-factor"
  /** The passphrase cannot be used. */
  | "invalid-passphrase"
  /** A sealed value was opened with the wrong key, for another purpose, or was changed. */
  | "sealed";

/** An error of lib/crypto. `message` is a sentence without any secret. */
export class CryptoError extends Error {
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The passphrase does not open the key file (or the one stanza that would prove it right is damaged: the two look the same). */
export class WrongPassphraseError extends CryptoError {
  constructor() {
    super("wrong-passphrase", "This passphrase does not open the key. Check upper and lower case and the keyboard layout, then try again.");
  }
}
