import { toHex } from "../../storage/d1/bytes.ts";
import { jobId } from "../../core/job-id.ts";

/** 14 characters that name the heartbeat, and 32 hexadecimal digits that nobody knows without the secret. */
const KEY = /^([0-9a-z]{14})([0-9a-f]{32})$/;

/**
 * The key of a heartbeat: what stands after `/ping/` in its address. It follows from the secret and from the job's
 * identity, so nothing is stored: a class in jobs/ is enough, and another secret ends every key at once.
 *
 * @param identity of the heartbeat's job
 */
export async function pingKey(secret: string, jobKey: string): Promise<string> {
  const id = jobId(jobKey);
  return `${id}${await proofOf(secret, id)}`;
}

/**
 * The address that is pinged.
 *
 * @param origin of this Checker, such as `https://checker.example.com`
 */
export async function pingAddress(origin: string, secret: string, jobKey: string): Promise<string> {
  return `${origin.replace(/\/+$/, "")}/ping/${await pingKey(secret, jobKey)}`;
}

/**
 * Which heartbeat a key is of, as `jobId` names it; null where no secret made it. Asks no database, so a stranger who
 * guesses costs it nothing, and takes the same time whatever is wrong with a key of the right form.
 *
 * @param secrets at least one; while one is replaced, both
 */
export async function heartbeatOf(key: string, secrets: readonly string[]): Promise<string | null> {
  const [, id, given] = KEY.exec(key) ?? [];
  if (id === undefined || given === undefined) return null;
  const proofs = await Promise.all(secrets.map((secret) => proofOf(secret, id)));
  return proofs.map((proof) => isSame(given, proof)).includes(true) ? id : null;
}

/** Half of an HMAC, as 32 hexadecimal digits: 128 bits are not guessed. */
async function proofOf(secret: string, id: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  // What it is for stands before it: the same secret may one day prove something else.
  const proof = await crypto.subtle.sign("HMAC", key, encoder.encode(`checker ping ${id}`));
  return toHex(new Uint8Array(proof, 0, 16));
}

/** Of two texts of one length. Looks at all of both, so that the time does not tell how far they agree. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
