/** Names of certificate issuers for a person to read. They are only shown, never compared. */
import { DerReader, DerTag, hex, latin1, type DerElement } from "./der.ts";

/** RFC 4514 section 3; other attributes are shown by the hexadecimal of their identifier. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ["550403", "CN"],
  ["550406", "C"],
  ["550407", "L"],
  ["550408", "ST"],
  ["55040a", "O"],
  ["55040b", "OU"],
  ["550405", "serialNumber"],
  ["0992268993f22c640119", "DC"],
  ["2a864886f70d010901", "emailAddress"],
]);

interface Attribute {
  readonly key: string;
  readonly value: string;
}

/**
 * `Let's Encrypt R11`: the organization and the common name, or all attributes without either. Empty for a name without
 * attributes. Texts in a wrong encoding are shown as far as they can be read.
 *
 * @param content of the name's SEQUENCE; throws a `malformed` fault where it is not one
 */
export function formatName(content: Uint8Array): string {
  const attributes = new DerReader(content).rest().flatMap(attributesOf);
  const value = (key: string): string => attributes.find((attribute) => attribute.key === key)?.value ?? "";
  const organization = value("O");
  const commonName = value("CN");
  const [brand = ""] = organization.split(/[ ,]/);
  // "DigiCert Inc" and "DigiCert Global G2 TLS RSA SHA256 2020 CA1" need not both be said.
  const said = brand !== "" && commonName.toLowerCase().startsWith(brand.toLowerCase());
  const short = said ? commonName : `${organization} ${commonName}`.trim();
  return short === "" ? attributes.map((one) => `${one.key}=${one.value}`).join(", ") : short;
}

function attributesOf(set: DerElement): Attribute[] {
  return new DerReader(set.content).rest().map(({ content }) => {
    const reader = new DerReader(content);
    const key = hex(reader.next().content);
    return { key: KEYS.get(key) ?? key, value: textOf(reader.next()) };
  });
}

function textOf({ tag, content }: DerElement): string {
  switch (tag) {
    case DerTag.utf8String:
      return new TextDecoder().decode(content);
    case DerTag.bmpString:
      return wideText(content, 2);
    case DerTag.universalString:
      return wideText(content, 4);
    default:
      return latin1(content);
  }
}

/** Characters of two or four bytes each, the highest byte first. */
function wideText(content: Uint8Array, size: number): string {
  let text = "";
  for (let at = 0; at + size <= content.length; at += size) {
    const code = content.subarray(at, at + size).reduce((value, byte) => value * 256 + byte, 0);
    text += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
  }
  return text.toWellFormed();
}
