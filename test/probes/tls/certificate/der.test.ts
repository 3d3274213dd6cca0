import { expect, test } from "vitest";
import { DerReader, DerTag } from "../../../../src/probes/tls/certificate/der.ts";
import { HandshakeError } from "../../../../src/probes/tls/handshake/error.ts";

function read(...bytes: readonly number[]): Uint8Array {
  return new DerReader(new Uint8Array(bytes)).expect(DerTag.octetString);
}

test("an element is read with a short or a long length", () => {
  expect([...read(4, 2, 7, 8, 9)]).toEqual([7, 8]);
  expect(read(4, 0x82, 1, 0, ...new Uint8Array(300))).toHaveLength(256);
});

test.each([
  ["another tag", [5, 0], "malformed TLS handshake: the certificate has tag 5 instead of 4"],
  [
    "an indefinite length",
    [4, 0x80, 0, 0],
    "malformed TLS handshake: the certificate has a length out of range",
  ],
  [
    "four bytes of length",
    [4, 0x84, 0, 0, 0, 1, 0],
    "malformed TLS handshake: the certificate has a length out of range",
  ],
  ["fewer bytes than its length", [4, 3, 1, 2], "malformed TLS handshake: the certificate ends too early"],
])("an element with %s is a fault", (_what, bytes, message) => {
  expect(() => read(...bytes)).toThrow(HandshakeError);
  expect(() => read(...bytes)).toThrow(message);
});
