/** A job file that throws when it is evaluated, as one does that reads what is not there. */
import { JobBase } from "#checker";

const missing: { readonly host: string } | null = JSON.parse("null") as null;

export const host = describe(missing);

function describe(server: { readonly host: string } | null): string {
  if (server === null) throw new TypeError("no server is configured");
  return server.host;
}

export class Broken extends JobBase {
  override execute(): boolean {
    return host !== "";
  }
}
