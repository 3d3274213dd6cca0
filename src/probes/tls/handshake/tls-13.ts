import { certificateOf13 } from "../certificate/message.ts";
import { clientHello13, makeSeed, TLS_1_3, type HelloSeed, type OfferedShare } from "./client-hello.ts";
import { concat, uint24, uint8 } from "../records/bytes.ts";
import { malformed, unsupported } from "./error.ts";
import { HandshakeType, type HandshakeMessage } from "./messages.ts";
import { HandshakeStream, type ByteChannel } from "./stream.ts";
import { hybridShare, makeKeyShare, type KeyShare } from "./key-exchange.ts";
import { CIPHER_SUITES, serverHandshakeKeys, transcriptHash, type CipherSuite } from "./key-schedule.ts";
import { groupBeyondUs, NamedGroup, suiteBeyondUs, type Offer13 } from "./offers.ts";
import { RecordDecryptor } from "../records/protection.ts";
import { parseServerHello, type ServerHello } from "./server-hello.ts";

/** Groups whose keys go out with the first hello; others cost a HelloRetryRequest. */
const FIRST_GROUPS = [NamedGroup.x25519, NamedGroup.secp256r1] as const;

/** Both hellos, and what was said until the keys are known. */
interface Greeting {
  readonly hello: ServerHello;
  readonly suite: CipherSuite;
  readonly shares: readonly KeyShare[];
  readonly transcript: readonly Uint8Array[];
}

/**
 * The server's certificate, DER, read from a TLS 1.3 handshake (RFC 8446), where it comes encrypted.
 * Our side ends there: the server's signature is not checked, so nothing proves that it holds the key.
 */
export async function readCertificate13(
  channel: ByteChannel,
  serverName: string | null,
  offer: Offer13,
  progress: { accepted: boolean },
): Promise<Uint8Array> {
  const stream = new HandshakeStream(channel);
  const { hello, suite, shares, transcript } = await greet(stream, makeSeed(serverName), offer);
  progress.accepted = true;
  const limit = groupBeyondUs(hello.group);
  if (limit !== null) throw limit;
  const share = shares.find(({ group }) => group === hello.group);
  if (share === undefined || hello.publicKey === null) throw malformed("a key share that was not offered");
  const keys = await serverHandshakeKeys(suite, await share.agree(hello.publicKey), transcript);
  stream.decryptWith(await RecordDecryptor.create(keys));

  await expectMessage(stream, HandshakeType.encryptedExtensions, "EncryptedExtensions");
  const next = await stream.next();
  // A server that wants the client's certificate asks for it before it shows its own.
  const certificate = next.type === HandshakeType.certificateRequest ? await stream.next() : next;
  if (certificate.type !== HandshakeType.certificate) {
    throw malformed(`message ${certificate.type} instead of Certificate`);
  }
  return certificateOf13(certificate.body);
}

async function greet(stream: HandshakeStream, seed: HelloSeed, offer: Offer13): Promise<Greeting> {
  const shares = await makeShares(FIRST_GROUPS);
  const x25519 = shares.find(({ group }) => group === NamedGroup.x25519);
  const offered = offer.hybridKey && x25519 !== undefined ? [...shares, hybridShare(x25519)] : shares;
  const clientHello = clientHello13(seed, offer, offered);
  stream.send(clientHello);
  const answer = await readServerHello(stream);
  const { hello, suite, message } = answer;
  if (!hello.isRetryRequest) return { hello, suite, shares, transcript: [clientHello, message.raw] };
  return greetAgain(stream, { seed, offer, clientHello, shares, offered }, answer);
}

/** RFC 8446 section 4.1.4: the same hello with a key for the group that the server wants, or its cookie. */
async function greetAgain(
  stream: HandshakeStream,
  first: {
    readonly seed: HelloSeed;
    readonly offer: Offer13;
    readonly clientHello: Uint8Array;
    readonly shares: readonly KeyShare[];
    readonly offered: readonly OfferedShare[];
  },
  { hello: request, suite, message: requestMessage }: ServerAnswer,
): Promise<Greeting> {
  const limit = groupBeyondUs(request.group);
  if (limit !== null) throw limit;
  const isOffered = first.shares.some(({ group }) => group === request.group);
  if (isOffered || (request.group === null && request.cookie === null)) {
    throw malformed("a HelloRetryRequest that changes nothing");
  }
  const shares = request.group === null ? first.shares : await makeShares([request.group]);
  const secondHello = clientHello13(
    first.seed,
    first.offer,
    request.group === null ? first.offered : shares,
    request.cookie,
  );
  stream.send(secondHello);
  const { hello, suite: secondSuite, message } = await readServerHello(stream);
  if (hello.isRetryRequest) throw malformed("a second HelloRetryRequest");
  if (secondSuite !== suite) throw malformed("ServerHello changes the cipher suite");
  const firstHash = await transcriptHash(suite, [first.clientHello]);
  // RFC 8446 section 4.4.1: the hash of the first hello takes its place.
  const messageHash = concat([uint8(HandshakeType.messageHash), uint24(firstHash.length), firstHash]);
  return { hello, suite, shares, transcript: [messageHash, requestMessage.raw, secondHello, message.raw] };
}

interface ServerAnswer {
  readonly hello: ServerHello;
  readonly suite: CipherSuite;
  readonly message: HandshakeMessage;
}

async function readServerHello(stream: HandshakeStream): Promise<ServerAnswer> {
  const message = await expectMessage(stream, HandshakeType.serverHello, "ServerHello");
  const hello = parseServerHello(message.body);
  if (hello.version !== TLS_1_3) {
    throw unsupported(
      `the server chose version 0x${hello.version.toString(16).padStart(4, "0")} when asked for TLS 1.3`,
    );
  }
  const suite = CIPHER_SUITES.get(hello.cipherSuite);
  if (suite === undefined) {
    throw (
      suiteBeyondUs(hello.cipherSuite) ??
      unsupported(`the server chose cipher suite 0x${hello.cipherSuite.toString(16).padStart(4, "0")}`)
    );
  }
  return { hello, suite, message };
}

async function expectMessage(stream: HandshakeStream, type: number, name: string): Promise<HandshakeMessage> {
  const message = await stream.next();
  if (message.type !== type) throw malformed(`message ${message.type} instead of ${name}`);
  return message;
}

async function makeShares(groups: readonly number[]): Promise<readonly KeyShare[]> {
  const shares = await Promise.all(groups.map(makeKeyShare));
  const unknown = groups[shares.indexOf(null)];
  if (unknown !== undefined) throw unsupported(`the server wants key exchange group ${unknown}`);
  return shares.filter((share) => share !== null);
}
