/**
 * Bytes in, the same bytes out in other portions. It grows by doubling and moves what is left only when
 * it is full, so a server that sends single bytes costs no more than one that sends them at once.
 */
export class ByteQueue {
  #buffer = new Uint8Array(4096);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** A copy of the first bytes, at most `length`. */
  peek(length: number): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(this.#start, Math.min(this.#start + length, this.#end));
  }

  /** Like `peek`, and removes them. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const taken = this.peek(length);
    this.#start += taken.length;
    return taken;
  }

  #makeRoom(wanted: number): void {
    const length = this.length;
    const fits = length + wanted <= this.#buffer.length / 2;
    const target = fits ? this.#buffer : new Uint8Array(2 * (length + wanted));
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = length;
  }
}
