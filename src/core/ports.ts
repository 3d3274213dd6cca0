/** What the use cases need of the world. Adapters implement these; tests bring their own. */

export interface Clock {
  /** Unix time, ms. On Workers it stands still between I/O. */
  nowMs(): number;
}

export interface Random {
  /** From 0 up to 1. */
  number(): number;
  /** An unguessable token of 32 hexadecimal digits. */
  token(): string;
}

/** A socket as `connect()` of Workers gives it. */
export interface Socket {
  readonly opened: Promise<unknown>;
  readonly closed: Promise<void>;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): Promise<void>;
}

/** The outside world as a probe may use it. */
export interface Network {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** An IPv6 address stands without brackets. May throw at once for an address that is none. */
  connect(address: { readonly hostname: string; readonly port: number }): Socket;
}
