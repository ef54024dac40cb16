import ipaddr from "ipaddr.js";

export type AllowedNetworks = readonly string[] | "embedded-default";

/** Loopback and the private ranges of RFC 1918 and RFC 4193: what a single machine at home or in an office needs. */
const EMBEDDED_DEFAULT = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"] as const;

/**
 * Addresses where clouds answer with credentials, and link-local ones: a network that merely contains them does not
 * open them; only a network that lies inside one of these does.
 */
const NAMED_ONLY = [
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::254/128", // Amazon, IPv6
  "fd20:ce::254/128", // Google, IPv6
  "100.100.100.200/32", // Alibaba
  "168.63.129.16/32", // Azure, a public address
  "192.0.0.192/32", // Oracle
].map(parseNetwork);

/** The only block of IPv6 that IANA gives out as global unicast (RFC 4291, section 2.4; IANA's registry). */
const GLOBAL_UNICAST_V6 = parseNetwork("2000::/3");

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Network {
  base: Address;
  prefixLength: number;
}

export interface AddressRules {
  /** The address in its one spelling, or null when `text` is not an address in any spelling a resolver would take. */
  normalize(text: string): string | null;
  allows(address: string): boolean;
}

/**
 * The judgement on addresses alone, without any connection: public unicast is allowed, everything else
 * (loopback, private, link-local, shared, NAT64, 6to4, Teredo, documentation, multicast …) only inside an allowed network.
 * Throws RangeError naming the entry of `allowed` that is not a network.
 */
export function createAddressRules(allowed: AllowedNetworks): AddressRules {
  const networks = (allowed === "embedded-default" ? EMBEDDED_DEFAULT : allowed).map(parseNetwork);
  return {
    normalize: (text) => parseAddress(text)?.toString() ?? null,
    allows(text) {
      const address = parseAddress(text);
      if (address === null) return false;
      const guarded = NAMED_ONLY.find((network) => contains(network, address));
      const listing = networks.filter((network) => contains(network, address));
      if (guarded) return listing.some((network) => network.prefixLength >= guarded.prefixLength);
      return isPublic(address) || listing.length > 0;
    },
  };
}

/** Reads every spelling that getaddrinfo would take for an address ("0x7f.1", "2130706433", "[::1]"), and unmaps ::ffff:a.b.c.d. */
function parseAddress(text: string): Address | null {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null;
}

function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || contains(GLOBAL_UNICAST_V6, address);
}

function contains(network: Network, address: Address): boolean {
  return network.base.kind() === address.kind() && address.match(network.base, network.prefixLength);
}

function parseNetwork(text: string): Network {
  const [base, prefixLength] = parseCidrOrAddress(text.trim());
  return { base, prefixLength };
}

function parseCidrOrAddress(text: string): [Address, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!text.includes("/") && ipaddr.isValid(text)) {
    const address = ipaddr.parse(text);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  }
  throw new RangeError(`"${text}" is not a network such as 10.0.0.0/8 or fd00::/8.`);
}
