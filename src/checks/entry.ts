import type { Endpoint } from "../core/net/address.ts";
import { parseHost } from "../core/net/host-name.ts";
import { hideCredentials } from "../core/net/web-address.ts";
import { JobError } from "../job-sdk/job-error.ts";

/** Checks of what an owner wrote into a list. Each throws a JobError that names value and remedy. */

const MAX_TIMEOUT_MS = 25_000;

/**
 * A misspelt option would silently check something else than its owner wrote.
 *
 * @throws JobError `E_ENTRY` for what is no table of options, `E_OPTION` for an option that does not exist
 */
export function parseOptions(entry: unknown, known: readonly string[], example: string): void {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw new JobError(
      "E_ENTRY",
      `${JSON.stringify(entry) ?? typeof entry} is not an entry; write ${example}`,
    );
  }
  const unknown = Object.keys(entry).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  const names = unknown.map((key) => JSON.stringify(key)).join(", ");
  throw new JobError("E_OPTION", `there is no option ${names}; the options are ${known.join(", ")}`);
}

/** A required text. @throws JobError `E_ENTRY` */
export function parseText(value: unknown, option: string, example: string): string {
  if (typeof value === "string") return value;
  const given = value === undefined ? "is missing" : `is ${JSON.stringify(value) ?? typeof value}`;
  throw new JobError("E_ENTRY", `${option} ${given}; write ${example}`);
}

/**
 * A text that may be left out. An empty one would be a job without a name, and other values a name by chance.
 *
 * @param of the entry that has it, as its owner knows it
 * @throws JobError `E_NAME`
 */
export function parseOptionalText(
  value: unknown,
  option: string,
  of: string,
  remedy: string,
): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value;
  throw new JobError("E_NAME", `${option} of ${of} is ${JSON.stringify(value) ?? typeof value}; ${remedy}`);
}

/** The option `name`, by which people and the database know the entry. @throws JobError `E_NAME` */
export function parseName(value: unknown, target: string): string {
  return parseOptionalText(value, "name", target, `give a text, or leave it out to use ${target}`) ?? target;
}

export function parseTimeoutMs(value: number | undefined, defaultMs: number): number {
  const timeoutMs: unknown = value ?? defaultMs;
  if (
    typeof timeoutMs !== "number" ||
    !Number.isFinite(timeoutMs) ||
    timeoutMs < 1 ||
    timeoutMs > MAX_TIMEOUT_MS
  ) {
    throw new JobError(
      "E_TIMEOUT",
      `timeoutMs is ${typeof timeoutMs === "number" ? timeoutMs : JSON.stringify(timeoutMs)}; give milliseconds from 1 to ${MAX_TIMEOUT_MS}`,
    );
  }
  return timeoutMs;
}

export function parsePort(value: number, where: string): number {
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new JobError(
      "E_PORT",
      `the port in ${JSON.stringify(where)} is ${value}; give one from 1 to 65535`,
    );
  }
  return value;
}

/**
 * `example.com:443`, `192.0.2.1:22`, `[2001:db8::1]:22`, or without port where there is a default. An internationalised
 * name comes out in its xn-- form, which is the only one that can be connected to.
 *
 * @throws JobError `E_HOST`, `E_PORT`
 */
export function parseHostAndPort(text: string, defaultPort: number | null): Endpoint {
  const shown = JSON.stringify(hideCredentials(text));
  const match = /^(\[[^\]]*\]|[^\s:/?#@[\]]+)(?::(\d{1,6}))?$/.exec(text);
  if (match?.[1] === undefined) {
    const isIpv6 = /^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/i.test(text);
    const host = isIpv6 ? "[2001:db8::1]" : "example.com";
    const example = defaultPort === null ? `${host}:22` : `${host} or ${host}:8443`;
    throw new JobError("E_HOST", `${shown} is not a host; write it like ${example}`);
  }
  const hostname = parseHostOf(match[1], shown);
  if (match[2] === undefined && defaultPort === null) {
    throw new JobError("E_PORT", `${shown} has no port; write it like ${text}:22`);
  }
  return { hostname, port: parsePort(match[2] === undefined ? (defaultPort ?? 0) : Number(match[2]), text) };
}

/** A host without a port. @throws JobError `E_HOST` */
export function parseHostAlone(text: string, option: string): string {
  const shown = `${option} ${JSON.stringify(hideCredentials(text))}`;
  if (!/^(\[[^\]]*\]|[^\s:/?#@[\]]+)$/.test(text)) {
    throw new JobError("E_HOST", `${shown} is not a host; write it like example.com`);
  }
  return parseHostOf(text, shown);
}

function parseHostOf(host: string, shown: string): string {
  const parsed = parseHost(host);
  if ("hostname" in parsed) return parsed.hostname;
  throw new JobError(
    "E_HOST",
    `the host in ${shown} ${parsed.problem}; give the name or address of one host`,
  );
}
