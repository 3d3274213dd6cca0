/** Where an IP address lies, as far as it decides whether a Worker may connect to it. */
export type AddressKind = "loopback" | "private" | "cloudflare" | "public";

/** Source: https://www.cloudflare.com/ips/ (2026-11). */
const CLOUDFLARE = [
  "173.245.48.0/20",
  "103.21.244.0/22",
  "103.22.200.0/22",
  "103.31.4.0/22",
  "141.101.64.0/18",
  "108.162.192.0/18",
  "190.93.240.0/20",
  "188.114.96.0/20",
  "197.234.240.0/22",
  "198.41.128.0/17",
  "162.158.0.0/15",
  "104.16.0.0/13",
  "104.24.0.0/14",
  "172.64.0.0/13",
  "131.0.72.0/22",
  "2400:cb00::/32",
  "2606:4700::/32",
  "2803:f800::/32",
  "2405:b500::/32",
  "2405:8100::/32",
  "2a06:98c0::/29",
  "2c0f:f248::/32",
];
const LOOPBACK = ["127.0.0.0/8", "::1/128"];
/** RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "fe80::/10",
  "::/128",
];

/** Null when `text` is not an IP address. */
export function kindOfAddress(text: string): AddressKind | null {
  const bits = parseAddress(text);
  if (bits === null) return null;
  const within = (networks: readonly string[]): boolean =>
    networks.some((network) => contains(network, bits));
  if (within(LOOPBACK)) return "loopback";
  if (within(PRIVATE)) return "private";
  return within(CLOUDFLARE) ? "cloudflare" : "public";
}

/** A host and a port as `connect()` takes them: an IPv6 address without brackets. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
}

/** Where an HTTP address leads to. */
export function endpointOf({
  hostname,
  port,
  protocol,
}: Pick<URL, "hostname" | "port" | "protocol">): Endpoint {
  return {
    hostname: withoutBrackets(hostname),
    port: Number(port) || (protocol === "https:" ? 443 : 80),
  };
}

/** A host name as a URL has it, in which an IPv6 address stands in brackets. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** The machine itself, by name or by address. */
export function isLoopbackHost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname) || kindOfAddress(hostname) === "loopback";
}

/** An address as binary digits: 32 for IPv4, 128 for IPv6. */
function parseAddress(text: string): string | null {
  if (!/^[\da-fx.:]+$/i.test(text)) return null;
  const host = text.includes(":") ? `[${text}]` : text;
  if (!URL.canParse(`http://${host}/`)) return null;
  // The URL parser knows every way to write an address, and writes it in one.
  const { hostname } = new URL(`http://${host}/`);
  if (hostname.startsWith("[")) return parseGroups(hostname.slice(1, -1));
  const parts = /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname.split(".") : null;
  return parts === null ? null : parts.map((part) => binary(Number(part), 8)).join("");
}

/** IPv6 in hexadecimal groups, as the URL parser leaves it: never with a dotted part. */
function parseGroups(text: string): string {
  const [head = "", tail] = text.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  const bits = all.map((group) => binary(Number.parseInt(group, 16), 16)).join("");
  // An IPv4 address in IPv6 clothes (RFC 4291 section 2.5.5.2) is judged as what it is.
  const mapped = `${"0".repeat(80)}${"1".repeat(16)}`;
  return bits.startsWith(mapped) ? bits.slice(mapped.length) : bits;
}

function contains(network: string, bits: string): boolean {
  const [address = "", length = ""] = network.split("/");
  const prefix = parseAddress(address);
  return prefix?.length === bits.length && bits.startsWith(prefix.slice(0, Number(length)));
}

function binary(value: number, digits: number): string {
  return value.toString(2).padStart(digits, "0");
}
