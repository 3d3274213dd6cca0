/** Servers on loopback for tests of probes: real TLS, and what is not quite TLS. Each on a port of its own. */
import net from "node:net";
import tls from "node:tls";
import type { IssuedCertificate } from "./certificates.ts";
import { freePort } from "./free-port.ts";

export interface TestServer {
  readonly port: number;
  /** Connections that are open now. */
  openConnections(): number;
  /** Connections since the start. */
  readonly accepted: { count: number };
  /** Ends its connections as well. */
  close(): Promise<void>;
}

export interface TlsServerOptions {
  readonly certificate: IssuedCertificate;
  /** Sent after the certificate. */
  readonly intermediates?: readonly IssuedCertificate[];
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
  /** OpenSSL's names, such as `TLS_AES_256_GCM_SHA384`. */
  readonly ciphers?: string;
  /** OpenSSL's name of the only group for the key exchange, such as `P-384`. */
  readonly group?: string;
  /** Certificates for other names, chosen by SNI. */
  readonly byName?: Readonly<Record<string, IssuedCertificate>>;
  /** Without the name in `byName`, refuse. */
  readonly refuseUnknownNames?: boolean;
  /** Asks the client for a certificate. */
  readonly requestCert?: boolean;
}

export function startTlsServer(options: TlsServerOptions): Promise<TestServer> {
  return listen(tls.createServer(serverOptions(options)));
}

/** What Node's TLS needs to be that server, also without a network. */
export function serverOptions(options: TlsServerOptions): tls.TlsOptions {
  const { minVersion, maxVersion, ciphers, group, byName, requestCert } = options;
  return {
    cert: [options.certificate, ...(options.intermediates ?? [])].map(({ cert }) => cert).join("\n"),
    key: options.certificate.key,
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(group === undefined ? {} : { ecdhCurve: group }),
    ...(requestCert === undefined ? {} : { requestCert, rejectUnauthorized: false }),
    ...(byName === undefined
      ? {}
      : {
          SNICallback(name, done) {
            const certificate = byName[name];
            if (certificate !== undefined) done(null, tls.createSecureContext(certificate));
            else if (options.refuseUnknownNames === true) done(new Error("unknown name"));
            else done(null);
          },
        }),
  };
}

/** Hands every connection to `talk`. Errors of the connection are the test's purpose, not its failure. */
export function startServer(talk: (socket: net.Socket) => void): Promise<TestServer> {
  return listen(net.createServer(talk));
}

/** Accepts and never says a word. */
export function startSilentServer(): Promise<TestServer> {
  return startServer((socket) => socket.resume());
}

/** Ends every connection at once, in good order. */
export function startClosingServer(): Promise<TestServer> {
  return startServer((socket) => socket.resume().end());
}

/** Breaks every connection at once, with a RST. */
export function startResettingServer(): Promise<TestServer> {
  return startServer((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
}

/** Answers everything with `bytes`, and then ends the connection unless told to hold it. */
export function startGarbageServer(bytes: Uint8Array | string, hold = false): Promise<TestServer> {
  return startServer((socket) => {
    socket.once("data", () => (hold ? socket.write(bytes) : socket.end(bytes)));
  });
}

/** Answers with `chunk` over and over, until the client has enough. */
export function startEndlessServer(chunk: Uint8Array): Promise<TestServer> {
  // Many at a time: small writes would keep this process busy until the kernel's buffer is full.
  const block = new Uint8Array(chunk.length * Math.ceil(16_384 / chunk.length));
  for (let at = 0; at < block.length; at += chunk.length) block.set(chunk, at);
  return startServer((socket) => {
    const fill = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on("drain", fill);
    socket.once("data", fill);
  });
}

/** A port on which nobody listens. */
export function closedPort(): Promise<number> {
  return freePort();
}

async function listen(server: net.Server): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  const accepted = { count: 0 };
  server.prependListener("connection", (socket: net.Socket) => {
    accepted.count += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as net.AddressInfo;
  return {
    port: address.port,
    openConnections: () => sockets.size,
    accepted,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
