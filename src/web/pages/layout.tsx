import type { Child, FC } from "hono/jsx";
import type { DisplayStatus } from "../../status/status-page.ts";
import { ASSETS } from "./assets.generated.ts";
import type { Audience } from "../../status/audience.ts";

export interface PageFrame {
  readonly title: string;
  readonly audience: Audience;
  /** Whether this instance can be signed in to at all. */
  readonly canSignIn: boolean;
  /** Stands in the tab, with its sign. */
  readonly icon: DisplayStatus | "stale";
  /** Seconds until what is shown is too old; null where it does not age, or is too old already. */
  readonly staleInSeconds: number | null;
  /** What is shown is too old. */
  readonly isStale?: boolean;
  /** It has a drawing that a script can make more of. */
  readonly hasChart?: boolean;
  /** It answers a form, and is not to be loaded again. */
  readonly isResult?: boolean;
}

/** The frame of every page. Nothing in it comes from anywhere but this Worker. */
export const Layout: FC<PageFrame & { readonly children?: Child }> = ({
  title,
  audience,
  canSignIn,
  icon,
  staleInSeconds,
  isStale = false,
  isResult = false,
  hasChart = false,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      {audience === "admin" ? <meta name="robots" content="noindex" /> : null}
      <title>{title}</title>
      <link rel="icon" href={ASSETS[`icon-${icon}.svg`]} type="image/svg+xml" />
      <link rel="stylesheet" href={ASSETS["page.css"]} />
      <link rel="alternate" type="application/atom+xml" href="/incidents.atom" title="Incidents" />
      {/* Times are made local before anything is shown, so that nothing moves about. */}
      <script type="module" src={ASSETS["page.js"]} blocking="render"></script>
      {hasChart ? (
        <>
          <link rel="stylesheet" href={ASSETS["chart.css"]} />
          <script type="module" src={ASSETS["chart.js"]}></script>
        </>
      ) : null}
      {isResult ? null : (
        <noscript>
          <meta http-equiv="refresh" content="60" />
        </noscript>
      )}
    </head>
    <body
      class={isStale ? "stale" : staleInSeconds === null ? "" : `ages ages-${agingClass(staleInSeconds)}`}
    >
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <nav aria-label="Pages">
        <a href="/">Overview</a>
        <a href="/incidents">Incidents</a>
        {audience === "admin" ? (
          <form method="post" action="/sign-out">
            <button>Sign out</button>
          </form>
        ) : canSignIn ? (
          <a href="/sign-in">Sign in</a>
        ) : null}
      </nav>
      <p class="old" role="status">
        What you see is old: Checker has not been heard of for too long.
      </p>
      <main id="main">{children}</main>
    </body>
  </html>
);

/** Delays after which the style sheet greys a page out by itself, s: a page may have no styles of its own. */
const AGING_SECONDS = [
  5, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180, 300, 600, 1_800, 3_600, 21_600, 86_400,
] as const;

function agingClass(seconds: number): number {
  // Too early rather than too late: fresh-looking when stale is a defect.
  return AGING_SECONDS.findLast((delay) => delay <= seconds) ?? AGING_SECONDS[0];
}
