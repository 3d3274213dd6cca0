/** Whether a certificate's names are for a host, as browsers see it (RFC 9525 section 6). */
import { isIpAddress, normaliseServerName } from "./server-name.ts";

/** A subject alternative name. */
export interface AlternativeName {
  readonly kind: "dns" | "ip";
  /** As it stands in the certificate; an address as the URL standard writes it. */
  readonly text: string;
}

/**
 * An address only matches an address, and a host name only a DNS name: in either letter case, with or without a final dot.
 * The common name of the subject never matches.
 *
 * @param serverName normalised
 */
export function matchesHost(names: readonly AlternativeName[], serverName: string): boolean {
  const kind = isIpAddress(serverName) ? "ip" : "dns";
  return names.some(
    (name) =>
      name.kind === kind &&
      (kind === "ip" ? name.text === serverName : matchesDnsName(lower(name.text), serverName)),
  );
}

/**
 * A wildcard is a whole first label and stands for one label, whatever its characters: underscores are common. Below it are at
 * least two labels, so that `*.com` is for nobody. Browsers also refuse `*.co.uk` and its like by a list, which is not
 * repeated here: no certificate authority issues for them.
 */
function matchesDnsName(pattern: string, serverName: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === serverName;
  const domain = pattern.slice(1);
  const firstDot = serverName.indexOf(".");
  return firstDot > 0 && serverName.slice(firstDot) === domain && /^\.[^.]+\.[^.]/.test(domain);
}

function lower(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/**
 * Why a name that looks as if it were for the host is not; null where there is none. Without it a reason would say that
 * a certificate is for a name and not for the same name.
 *
 * @param serverName normalised
 */
export function nearMiss(names: readonly AlternativeName[], serverName: string): string | null {
  const dnsNames = names.filter(({ kind }) => kind === "dns").map(({ text }) => lower(text));
  if (isIpAddress(serverName)) {
    return dnsNames.some((name) => normaliseServerName(name) === serverName)
      ? "it has the address only as a DNS name, which browsers do not accept"
      : null;
  }
  return dnsNames.some((name) => looksAlike(name, serverName))
    ? "browsers accept * only as a whole first label, for one label, before at least two others"
    : null;
}

/** As if each * stood for anything. */
function looksAlike(pattern: string, serverName: string): boolean {
  const [start = "", ...rest] = pattern.split("*");
  const end = rest.at(-1);
  return end !== undefined && serverName.startsWith(start) && serverName.endsWith(end);
}

/** An iPAddress of a certificate as text; null for bytes that are not an address. */
export function addressOf(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16));
  return normaliseServerName(groups.join(":"));
}
