import { MAX_OUTPUT } from "../../domain/ping.ts";
import { withinLimit } from "../../timing/time-limit.ts";

/** A ping's body is read so far, bytes, and for so long, ms. What comes after it is not read at all. */
const MAX_READ = 1024 * 1024;
const READ_MS = 5_000;
/** Of what was read so many bytes are kept in memory: enough for MAX_OUTPUT characters of four bytes each. */
const KEPT_BYTES = 4 * MAX_OUTPUT;
/** Pieces that a body may come in: some are empty, and without end they would keep the time from being noticed. */
const MAX_PIECES = 10_000;

const NOT_ALL = "\n(There is more, which was not read.)";

/**
 * The end of what some work printed, at most MAX_OUTPUT characters: the last lines mostly say what went wrong. What is
 * no UTF-8 becomes U+FFFD. A body that breaks off or comes too slowly is taken as far as it came, since the ping counts
 * whatever came of its text.
 */
export async function readOutput(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const tail = new Tail();
  try {
    const isWhole = await withinLimit(READ_MS, fill(tail, reader), () => false);
    return textOf(tail.bytes(), isWhole);
  } finally {
    // Not waited for: nothing of it is wanted any more.
    reader.cancel().catch(() => undefined);
  }
}

/** Whether all of it was read. */
async function fill(tail: Tail, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  try {
    for (let read = 0, pieces = 0; read <= MAX_READ && pieces < MAX_PIECES; pieces++) {
      const { done, value } = await reader.read();
      if (done) return true;
      tail.add(value.subarray(0, MAX_READ - read));
      read += value.byteLength;
    }
  } catch {
    // Whoever pings has gone.
  }
  return false;
}

/** The last bytes of what is added. */
class Tail {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.byteLength;
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (this.#length - first.byteLength < KEPT_BYTES) break;
      this.#length -= first.byteLength;
      this.#pieces.shift();
    }
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.byteLength;
    }
    return bytes.subarray(-KEPT_BYTES);
  }
}

/** Colours of a terminal. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[\d;?]*[A-Za-z]/g;
const CONTROLS = /[\u2028\u2029]|(?![\n\t])\p{Cc}/gu;

function textOf(bytes: Uint8Array, isWhole: boolean): string {
  const room = isWhole ? MAX_OUTPUT : MAX_OUTPUT - NOT_ALL.length;
  const text = new TextDecoder()
    .decode(bytes)
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(ESCAPES, "")
    .replaceAll(CONTROLS, " ")
    .trim();
  // Half a pair of surrogates would not survive UTF-8.
  const kept = text.length <= room ? text : `…${text.slice(1 - room).replace(/^[\udc00-\udfff]/, "")}`;
  return isWhole || kept === "" ? kept : kept + NOT_ALL;
}
